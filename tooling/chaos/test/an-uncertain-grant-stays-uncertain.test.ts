import type { TokenManager } from "@tokenflow/core";
import { expect, test } from "vitest";
import { type ChaosServer, startServer } from "../src/chaos-server.ts";
import { checkToken } from "../src/check-token.ts";
import { closedPort } from "../src/closed-port.ts";
import { LIFETIME } from "../src/crash-matrix.ts";
import { createShiftedClock, openSession, type ShiftedClock } from "../src/open-session.ts";
import { FORGIVEN_FOR, makeRotatingAuthority, replayOf } from "../src/servers.ts";
import { signIn } from "../src/sign-in.ts";
import { createFolder } from "../src/temporary-folder.ts";

test("forgiveness is counted from the first try, however many answers are lost after it", async () => {
  await using scene = await prepare();
  const { server, manager, clock } = scene;
  server.faults.push("unanswered", "unanswered");
  // In time, in time, and too late, although the second try is not long ago.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await manager.getToken({ forceRefresh: true }).catch(() => undefined);
    clock.advance(0.6 * FORGIVEN_FOR);
  }
  expect(server.journal.entries.map(({ outcome }) => outcome)).toEqual(["signed_in", "rotated", "forgiven"]);
  expect(await checkToken(server.url, await manager.getToken())).toBe(true);
});

test("a try that never left does not make up for one whose answer was lost", async () => {
  await using scene = await prepare();
  const { server, manager, clock } = scene;
  server.faults.push("unanswered");
  await manager.getToken({ forceRefresh: true }).catch(() => undefined);
  clock.advance(0.6 * FORGIVEN_FOR);
  scene.port = await closedPort();
  await manager.getToken({ forceRefresh: true }).catch(() => undefined);
  scene.port = undefined;
  clock.advance(0.6 * FORGIVEN_FOR);
  await manager.getToken({ forceRefresh: true }).catch(() => undefined);
  expect(server.journal.entries.map(({ outcome }) => outcome)).toEqual(["signed_in", "rotated"]);
  expect(await checkToken(server.url, await manager.getToken())).toBe(true);
});

interface Scene extends AsyncDisposable {
  readonly server: ChaosServer;
  readonly clock: ShiftedClock;
  readonly manager: TokenManager;
  /** Where requests go instead of the server. */
  port: number | undefined;
}

/** A session over a forgiving server. */
async function prepare(): Promise<Scene> {
  await using cleanup = new AsyncDisposableStack();
  const clock = createShiftedClock();
  const folder = cleanup.use(await createFolder());
  const server = cleanup.use(
    await startServer(
      await makeRotatingAuthority("forgiving", { lifetime: LIFETIME, elapsed: clock.elapsed }),
    ),
  );
  const place = { folder: folder.path, url: server.url, replay: replayOf("forgiving") };
  await signIn(server, { ...place, clock });
  const detour: { port: number | undefined } = { port: undefined };
  const manager = cleanup.use(
    openSession({
      ...place,
      clock,
      fetch: (input, init) =>
        detour.port === undefined
          ? fetch(input, init)
          : fetch(`http://127.0.0.1:${detour.port}`, { method: "POST" }),
    }),
  );
  const kept = cleanup.move();
  return Object.assign(detour, {
    server,
    clock,
    manager,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  });
}
