import { isTokenFlowError, type Token, type TokenFlowEvent, type TokenManager } from "@tokenflow/core";
import { freePort, until } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import type { ChaosServer } from "../servers/chaos-server.ts";
import { FORGIVEN_FOR, type ServerKind, type StartAuthorizationServer } from "../servers/servers.ts";
import { checkToken, openSession } from "../workers/open-session.ts";
import { startWorker } from "../workers/worker-pool.ts";
import type { CrashSettings } from "./crash-child.ts";
import type { Aftermath, CrashStep, LostAnswer } from "./crash-matrix.ts";
import { LIFETIME, prepareScenario, type TestScenario } from "./test-scenario.ts";

/** The token is due, and lives for as long as anything here takes. */
const DUE = 0.91 * LIFETIME;
/** The pause after a first failure is 1.2 s at most. */
const AFTER_THE_PAUSE = 1_500;

/** Kills a process at `step`. Returns the behaviour of the next one. */
export async function crash(
  step: CrashStep,
  kind: ServerKind,
  make: StartAuthorizationServer,
): Promise<Aftermath> {
  await using scenario = await prepareScenario(kind, make);
  scenario.clock.advance(DUE);
  const { clock, location } = scenario;
  const settings: CrashSettings = { ...location, step, shift: clock.shift };
  await using child = startWorker<{ readonly type: "survived" }>("../scenarios/crash-child.ts", settings);
  await child.ended();
  if (child.lines.length > 0 || child.exitCode !== null) throw new Error(`The process outlived "${step}"`);
  if (kind === "too late") clock.advance(FORGIVEN_FOR + 1_000);
  const events: TokenFlowEvent[] = [];
  await using survivor = openSession({ ...location, clock, onEvent: (event) => events.push(event) });
  return await observe(scenario, survivor, events);
}

/** Loses an answer on a process. Returns what the process does next. */
export async function loseAnswer(
  fault: LostAnswer,
  kind: ServerKind,
  make: StartAuthorizationServer,
): Promise<Aftermath> {
  await using scenario = await prepareScenario(kind, make);
  scenario.clock.advance(DUE);
  const { clock, location, server } = scenario;
  const events: TokenFlowEvent[] = [];
  let closed = fault === "unsent" ? await freePort() : undefined;
  await using manager = openSession({
    ...location,
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
  return await observe(scenario, manager, events);
}

/** Returns what the manager does when a refresh is due and a token lives, and checks what the server received. */
async function observe(
  scenario: TestScenario,
  manager: TokenManager,
  events: readonly TokenFlowEvent[],
): Promise<Aftermath> {
  const { server, location } = scenario;
  const { entries } = server.journal;
  const before = entries.length;
  const sent = (): number => entries.length - before;
  const last = entries.findLast(({ outcome }) => outcome !== undefined);
  const first = await manager.getToken();
  await requireAccepted(server, first);
  if (last?.outcome !== "signed_in" && last?.firstUse?.pid === process.pid) {
    require(sent() === 0, "A stored session was redeemed once more");
    require(!(await manager.status()).interrupted, "A stored session still has an intent");
    return "adopts";
  }

  await until(
    () => events.some(({ type }) => type === "session.interrupted" || type === "refresh.started"),
    "a refresh has read the record",
  );
  // The lock is free only after the background refresh.
  await (await createFileStore({ folder: location.folder }).lock("chaos/default")).release();
  if (sent() === 0) return await outlive(scenario, manager, sent);
  require(sent() === 1, "The grant was sent more than once");
  const second = await manager.getToken();
  require(second.accessToken !== first.accessToken, "The old token is served after a redemption");
  await requireAccepted(server, second);
  return "redeems at once";
}

/** Checks that the token is served to its end, and that the grant is then sent once. */
async function outlive(
  { server, clock, location }: TestScenario,
  manager: TokenManager,
  sent: () => number,
): Promise<Aftermath> {
  await requireAccepted(server, await manager.getToken());
  require(sent() === 0, "The grant was sent while the token lived");
  clock.advance(LIFETIME);
  const code = await manager.getToken().then((token) => requireAccepted(server, token), codeOf);
  require(sent() === 1, `The grant was sent ${sent()} times`);
  if (code === undefined) return "serves to the end, then redeems";
  require(code === "session.revoked", `A refused grant was called ${code}`);
  await using newcomer = openSession({ ...location, clock });
  clock.advance(LIFETIME);
  for (const other of [manager, newcomer]) {
    const again = await other.getToken().then(() => "a token", codeOf);
    require(again === "session.revoked", `A refused grant led to ${again}`);
  }
  require(sent() === 1, "A refused grant was sent again");
  return "serves to the end, then revoked";
}

async function requireAccepted({ url }: ChaosServer, token: Token): Promise<undefined> {
  require(await checkToken(url, token), "A token was handed out that the API refuses");
}

function require(condition: boolean, otherwise: string): void {
  if (!condition) throw new Error(otherwise);
}

function codeOf(error: unknown): string {
  return isTokenFlowError(error) ? error.code : String(error);
}
