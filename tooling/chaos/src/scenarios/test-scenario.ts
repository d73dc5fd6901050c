import { createFolder } from "@tokenflow/services";
import {
  type ServerKind,
  type StartAuthorizationServer,
  startTestServer,
  type TestServer,
} from "../servers/servers.ts";
import {
  createShiftedClock,
  type SessionLocation,
  type ShiftedClock,
  signIn,
} from "../workers/open-session.ts";

/** Of access tokens, in milliseconds: due after nine tenths. */
export const LIFETIME = 600_000;

/** A session that has just been signed in, and a clock that moves both sides. */
export interface TestScenario extends AsyncDisposable {
  readonly server: TestServer;
  readonly clock: ShiftedClock;
  readonly location: SessionLocation;
}

export async function prepareScenario(
  kind: ServerKind,
  make?: StartAuthorizationServer,
): Promise<TestScenario> {
  await using cleanup = new AsyncDisposableStack();
  const clock = createShiftedClock();
  const options = { lifetime: LIFETIME, elapsed: clock.monotonicNow, make };
  const server = cleanup.use(await startTestServer(kind, options));
  const { path: folder } = cleanup.use(await createFolder());
  const location = { folder, url: server.url, replay: server.replay };
  await signIn(server, { ...location, clock });
  const kept = cleanup.move();
  return { server, clock, location, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
