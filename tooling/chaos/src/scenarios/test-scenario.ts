import { createFolder } from "../parts/temporary-folder.ts";
import { type ChaosServer, startServer } from "../servers/chaos-server.ts";
import { type MakeAuthority, makeRotatingAuthority, replayOf, type ServerKind } from "../servers/servers.ts";
import { createShiftedClock, type SessionPlace, type ShiftedClock } from "../workers/open-session.ts";
import { signIn } from "../workers/sign-in.ts";

/** Of access tokens, in milliseconds: due after nine tenths. */
export const LIFETIME = 600_000;

/** A session that has just been signed in, and a clock to move both sides of it on. */
export interface TestScenario extends AsyncDisposable {
  readonly server: ChaosServer;
  readonly clock: ShiftedClock;
  readonly place: SessionPlace;
}

export async function prepareScenario(
  kind: ServerKind,
  make: MakeAuthority = makeRotatingAuthority,
): Promise<TestScenario> {
  await using cleanup = new AsyncDisposableStack();
  const clock = createShiftedClock();
  const authority = await make(kind, { lifetime: LIFETIME, elapsed: clock.monotonicNow });
  const server = cleanup.use(await startServer(authority));
  const { path: folder } = cleanup.use(await createFolder());
  const place = { folder, url: server.url, replay: replayOf(kind) };
  await signIn(server, { ...place, clock });
  const kept = cleanup.move();
  return { server, clock, place, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
