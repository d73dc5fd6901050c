import { expect, test } from "vitest";
import { LIFETIME, prepareScenario } from "../src/scenarios/test-scenario.ts";
import { checkToken, openSession } from "../src/workers/open-session.ts";

test("a process that adopts a token at its very end fetches the next one", async () => {
  await using scenario = await prepareScenario("strict");
  const { server, clock, location } = scenario;
  await using other = openSession({ ...location, clock });
  let late = true;
  const released = Promise.withResolvers<void>();
  await using manager = openSession({
    ...location,
    clock,
    wrap(store) {
      const { lock, version } = store;
      return Object.assign(store, {
        // Who waits for the lock may adopt without it. Here the token is found under the lock.
        version: async (...args: Parameters<NonNullable<typeof version>>) => {
          await released.promise;
          return version?.apply(store, args);
        },
        lock: async (...args: Parameters<typeof lock>) => {
          // Another process was faster, and the token that it fetched dies as soon as it is found.
          if (late) await other.getToken();
          const held = await lock.apply(store, args);
          const release = async (): Promise<void> => {
            if (late) clock.advance(LIFETIME);
            late = false;
            await held.release();
            released.resolve();
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
