import { expect, test } from "vitest";
import { startServer } from "../src/chaos-server.ts";
import { checkToken } from "../src/check-token.ts";
import { closedPort } from "../src/closed-port.ts";
import { FORGIVEN_FOR, LIFETIME } from "../src/crash-matrix.ts";
import { createShiftedClock, openSession } from "../src/open-session.ts";
import { createRotatingAuthority } from "../src/rotating-authority.ts";
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

/** A session over a forgiving server; requests go to `port` instead where one is set. */
async function prepare() {
  await using cleanup = new AsyncDisposableStack();
  const clock = createShiftedClock();
  const folder = cleanup.use(await createFolder());
  const server = cleanup.use(
    await startServer(
      createRotatingAuthority({
        mode: "forgiving",
        lifetime: LIFETIME,
        forgiveFor: FORGIVEN_FOR,
        elapsed: clock.elapsed,
      }),
    ),
  );
  const place = { folder: folder.path, url: server.url, replay: { within: FORGIVEN_FOR } };
  await signIn(server, { ...place, clock });
  const manager = cleanup.use(
    openSession({
      ...place,
      clock,
      fetch: (input, init) =>
        scene.port === undefined
          ? fetch(input, init)
          : fetch(`http://127.0.0.1:${scene.port}`, { method: "POST" }),
    }),
  );
  const kept = cleanup.move();
  const scene = {
    server,
    clock,
    manager,
    port: undefined as number | undefined,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
  return scene;
}
