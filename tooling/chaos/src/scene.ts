import { type ChaosServer, startServer } from "./chaos-server.ts";
import { createShiftedClock, type SessionPlace, type ShiftedClock } from "./open-session.ts";
import { type MakeAuthority, makeRotatingAuthority, replayOf, type ServerKind } from "./servers.ts";
import { signIn } from "./sign-in.ts";
import { createFolder } from "./temporary-folder.ts";

/** Of access tokens, in milliseconds: due after nine tenths. */
export const LIFETIME = 600_000;

/** A session that has just been signed in, and a clock to move both sides of it on. */
export interface Scene extends AsyncDisposable {
  readonly server: ChaosServer;
  readonly clock: ShiftedClock;
  readonly place: SessionPlace;
}

export async function prepareScene(
  kind: ServerKind,
  make: MakeAuthority = makeRotatingAuthority,
): Promise<Scene> {
  await using cleanup = new AsyncDisposableStack();
  const clock = createShiftedClock();
  const authority = await make(kind, { lifetime: LIFETIME, elapsed: clock.elapsed });
  const server = cleanup.use(await startServer(authority));
  const { path: folder } = cleanup.use(await createFolder());
  const place = { folder, url: server.url, replay: replayOf(kind) };
  await signIn(server, { ...place, clock });
  const kept = cleanup.move();
  return { server, clock, place, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
