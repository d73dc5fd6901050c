import { type GrantReplay, isTokenFlowError, type TokenFlowEvent, type TokenManager } from "@tokenflow/core";
import { createFileStore } from "@tokenflow/store-file";
import { type ChaosServer, type Fault, startServer } from "./chaos-server.ts";
import { checkToken } from "./check-token.ts";
import { startChild } from "./child.ts";
import { closedPort } from "./closed-port.ts";
import type { CrashSettings } from "./crash-child.ts";
import { createShiftedClock, openSession, type ShiftedClock } from "./open-session.ts";
import { FORGIVEN_FOR, type MakeAuthority, replayOf, type ServerKind } from "./servers.ts";
import { signIn } from "./sign-in.ts";
import { createFolder } from "./temporary-folder.ts";
import { until } from "./until.ts";

/** Where a process kills itself. */
export const CRASH_STEPS = [
  "before the mark",
  "after the mark",
  "after the rotation",
  "in the write",
  "after the write",
] as const;
export type CrashStep = (typeof CRASH_STEPS)[number];

/** How an answer is lost on a process that lives on; `unsent`: nobody listens. */
export const LOST_STEPS: readonly LostAnswer[] = ["unsent", "unheard", "unanswered", "cut"];
export type LostAnswer = Fault | "unsent";

/** What the next process finds, and what it does about it. */
export type Aftermath =
  /** The grant is sent at once, behind the living token, and a new one comes. */
  | "redeems at once"
  /** The new token is there, and nothing is sent. */
  | "adopts"
  /** Nothing is sent while the token lives; then the grant is sent once, and a new token comes. */
  | "serves to the end, then redeems"
  /** Nothing is sent while the token lives; then the grant is sent once and refused, and never again. */
  | "serves to the end, then revoked";

/** The crash matrix: one row for each way to be interrupted, one column for each kind of server. */
export const CRASH_MATRIX: Readonly<Record<CrashStep, Readonly<Record<ServerKind, Aftermath>>>> = {
  "before the mark": row("redeems at once", "redeems at once", "redeems at once", "redeems at once"),
  "after the mark": row(
    "redeems at once",
    "serves to the end, then redeems",
    "redeems at once",
    "serves to the end, then redeems",
  ),
  "after the rotation": row(
    "redeems at once",
    "serves to the end, then revoked",
    "redeems at once",
    "serves to the end, then revoked",
  ),
  "in the write": row(
    "redeems at once",
    "serves to the end, then revoked",
    "redeems at once",
    "serves to the end, then revoked",
  ),
  "after the write": row("adopts", "adopts", "adopts", "adopts"),
};

/** The same for an answer that is lost on a process that goes on. */
export const LOST_ANSWERS: Readonly<Record<LostAnswer, Readonly<Record<ServerKind, Aftermath>>>> = {
  unsent: row("redeems at once", "redeems at once", "redeems at once", "redeems at once"),
  unheard: CRASH_MATRIX["after the mark"],
  unanswered: CRASH_MATRIX["after the rotation"],
  cut: CRASH_MATRIX["after the rotation"],
};

/** Of access tokens, in milliseconds: due after 540 s. */
export const LIFETIME = 600_000;
const DUE = 545_000;
/** The pause after a first failure is 1.2 s at most. */
const AFTER_THE_PAUSE = 1_500;

interface Scene extends AsyncDisposable {
  readonly server: ChaosServer;
  readonly clock: ShiftedClock;
  readonly place: { readonly folder: string; readonly url: string; readonly replay: GrantReplay };
}

/** A process is killed at `step`; answers what the next one meets. */
export async function crash(step: CrashStep, kind: ServerKind, make: MakeAuthority): Promise<Aftermath> {
  await using scene = await prepare(kind, make);
  const { clock, place } = scene;
  const settings: CrashSettings = { ...place, step, shift: clock.shift };
  await using child = startChild<{ readonly type: "survived" }>("crash-child.ts", settings);
  await child.ended();
  if (child.lines.length > 0 || child.exitCode !== null) throw new Error(`The process outlived "${step}"`);
  if (kind === "too late") clock.advance(FORGIVEN_FOR + 1_000);
  const events: TokenFlowEvent[] = [];
  await using survivor = openSession({ ...place, clock, onEvent: (event) => events.push(event) });
  return await observe(scene, survivor, events);
}

/** An answer is lost on a process; answers what it meets next. */
export async function loseAnswer(
  fault: LostAnswer,
  kind: ServerKind,
  make: MakeAuthority,
): Promise<Aftermath> {
  await using scene = await prepare(kind, make);
  const { clock, place, server } = scene;
  const events: TokenFlowEvent[] = [];
  let closed = fault === "unsent" ? await closedPort() : undefined;
  await using manager = openSession({
    ...place,
    clock,
    onEvent: (event) => events.push(event),
    fetch: (input, init) => {
      const port = closed;
      closed = undefined;
      return port === undefined ? fetch(input, init) : fetch(`http://127.0.0.1:${port}`, { method: "POST" });
    },
  });
  if (fault !== "unsent") server.faults.push(fault);
  const failure = await manager.getToken({ forceRefresh: true }).then(() => undefined, codeOf);
  if (failure !== "provider.unavailable") throw new Error(`A lost answer was called ${failure}`);
  clock.advance(kind === "too late" ? FORGIVEN_FOR + 1_000 : AFTER_THE_PAUSE);
  events.length = 0;
  return await observe(scene, manager, events);
}

/** A session whose token is due and lives. */
async function prepare(kind: ServerKind, make: MakeAuthority): Promise<Scene> {
  await using cleanup = new AsyncDisposableStack();
  const clock = createShiftedClock();
  const server = cleanup.use(
    await startServer(await make(kind, { lifetime: LIFETIME, elapsed: clock.elapsed })),
  );
  const { path: folder } = cleanup.use(await createFolder());
  const place = { folder, url: server.url, replay: replayOf(kind) };
  await signIn(server, { ...place, clock });
  clock.advance(DUE);
  const kept = cleanup.move();
  return { server, clock, place, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function observe(
  { server, clock, place }: Scene,
  manager: TokenManager,
  events: readonly TokenFlowEvent[],
): Promise<Aftermath> {
  const { entries } = server.journal;
  const before = entries.length;
  const sent = (): number => entries.length - before;
  const lastIssued = entries.findLast(({ outcome }) => outcome !== undefined);
  const first = await manager.getToken();
  await requireAccepted(server, first);
  if (lastIssued?.firstUse?.pid === process.pid && lastIssued.outcome !== "signed_in") {
    if (sent() > 0) throw new Error("It had been stored, and was redeemed once more");
    if ((await manager.status()).interrupted) throw new Error("It had been stored, and the mark stands");
    return "adopts";
  }

  await until("a refresh has looked", () =>
    events.some(({ type }) => type === "session.interrupted" || type === "refresh.started"),
  );
  // Whoever gets the lock comes after the refresh behind the token.
  await using _lock = await createFileStore({ folder: place.folder }).lock(`chaos/default`);
  await _lock.release();
  if (sent() > 0) {
    if (sent() > 1) throw new Error(`The grant was sent ${sent()} times`);
    const second = await manager.getToken();
    if (second.accessToken === first.accessToken)
      throw new Error("It was redeemed, and the old token is handed out");
    await requireAccepted(server, second);
    return "redeems at once";
  }

  await requireAccepted(server, await manager.getToken());
  clock.advance(LIFETIME);
  const code = await manager.getToken().then((token) => requireAccepted(server, token), codeOf);
  if (sent() !== 1) throw new Error(`The grant was sent ${sent()} times`);
  if (code === undefined) return "serves to the end, then redeems";
  await using newcomer = openSession({ ...place, clock });
  clock.advance(LIFETIME);
  const codes = [
    code,
    await manager.getToken().then(() => "a token", codeOf),
    await newcomer.getToken().then(() => "a token", codeOf),
  ];
  if (codes.some((code) => code !== "session.revoked"))
    throw new Error(`A refused grant led to ${codes.join(", ")}`);
  if (sent() !== 1) throw new Error("A refused grant was sent again");
  return "serves to the end, then revoked";
}

async function requireAccepted(
  { url }: ChaosServer,
  token: Parameters<typeof checkToken>[1],
): Promise<undefined> {
  if (!(await checkToken(url, token))) throw new Error("A token was handed out that the API refuses");
}

function codeOf(error: unknown): string {
  return isTokenFlowError(error) ? error.code : String(error);
}

function row(
  keep: Aftermath,
  strict: Aftermath,
  forgiving: Aftermath,
  tooLate: Aftermath,
): Record<ServerKind, Aftermath> {
  return { keep, strict, forgiving, "too late": tooLate };
}
