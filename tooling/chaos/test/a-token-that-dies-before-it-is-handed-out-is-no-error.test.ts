import { expect, test } from "vitest";
import { startServer } from "../src/chaos-server.ts";
import { checkToken } from "../src/check-token.ts";
import { LIFETIME } from "../src/crash-matrix.ts";
import { createShiftedClock, openSession } from "../src/open-session.ts";
import { makeRotatingAuthority, replayOf } from "../src/servers.ts";
import { signIn } from "../src/sign-in.ts";
import { createFolder } from "../src/temporary-folder.ts";

test("a process that adopts a token at its very end fetches the next one", async () => {
  const clock = createShiftedClock();
  await using folder = await createFolder();
  await using server = await startServer(
    await makeRotatingAuthority("strict", { lifetime: LIFETIME, elapsed: clock.elapsed }),
  );
  const place = { folder: folder.path, url: server.url, replay: replayOf("strict"), clock };
  await signIn(server, place);
  await using other = openSession(place);
  let late = true;
  await using manager = openSession({
    ...place,
    wrap(store) {
      const { lock } = store;
      return Object.assign(store, {
        lock: async (...args: Parameters<typeof lock>) => {
          // Another process was faster, and the token that it fetched dies as soon as it is found.
          if (late) await other.getToken();
          const held = await lock.apply(store, args);
          const release = async (): Promise<void> => {
            if (late) clock.advance(LIFETIME);
            late = false;
            await held.release();
          };
          return { ...held, release };
        },
      });
    },
  });
  clock.advance(LIFETIME);
  expect(await checkToken(server.url, await manager.getToken())).toBe(true);
  expect(server.journal.entries.map(({ outcome }) => outcome)).toEqual(["signed_in", "rotated", "rotated"]);
});
