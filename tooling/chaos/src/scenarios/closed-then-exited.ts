import { checkToken, openSession } from "../workers/open-session.ts";
import { startWorker, type WorkerProcess } from "../workers/worker-pool.ts";
import type { ShortLifeLine, ShortLifeSettings } from "./short-life.ts";
import { LIFETIME, prepareScenario } from "./test-scenario.ts";

export interface ClosedThenExitedOptions {
  /** In each round the token becomes due, and this many programs begin at once. */
  readonly processes: number;
  /** Goes on until this time has passed, in milliseconds. At least one round. */
  readonly duration: number;
}

export interface ClosedThenExitedResult {
  readonly rounds: number;
  readonly redemptions: number;
  /** Violations of the rules, one sentence each. */
  readonly problems: readonly string[];
}

/** A token is due after nine tenths, and each token has a jitter of up to a second. */
const DUE = 0.9 * LIFETIME;
const JITTER = 1_000;
/** The work after `close()`: an exit at any moment of a refresh that has begun too late. */
const WORK = 1_500;

/** Lets programs close and exit while a refresh is due. None of them may take the session along. */
export async function closeThenExit({
  processes,
  duration,
}: ClosedThenExitedOptions): Promise<ClosedThenExitedResult> {
  await using scenario = await prepareScenario("strict");
  const { server, clock, location } = scenario;
  Object.assign(server.delay, { before: 50, after: 50 });
  const { entries } = server.journal;
  const problems: string[] = [];
  const end = performance.now() + duration;
  let rounds = 0;
  do {
    rounds += 1;
    const issuedAt =
      entries.findLast(({ outcome }) => outcome === "rotated" || outcome === "signed_in")?.sentAt ?? 0;
    clock.advance(issuedAt + DUE + Math.random() * 2 * JITTER - clock.now());
    const before = entries.length;
    const programs = Array.from({ length: processes }, () => {
      const settings: ShortLifeSettings = { ...location, shift: clock.shift, workFor: Math.random() * WORK };
      return startWorker<ShortLifeLine>("../scenarios/short-life.ts", settings);
    });
    const closedAt = await Promise.all(programs.map(timeOfClose));
    await Promise.all(programs.map((program) => program.ended()));
    for (const [index, program] of programs.entries()) {
      const late = entries.filter(
        ({ pid, presentedAt }) => pid === program.pid && presentedAt > (closedAt[index] ?? 0),
      );
      problems.push(...late.map(({ number }) => `#${number} was sent after close() had resolved`));
      problems.push(...program.lines.flatMap((line) => complaintOf(line)));
    }
    const redeemed = entries.length - before;
    if (redeemed > 1) problems.push(`${redeemed} redemptions of one due token`);
  } while (performance.now() < end && problems.length === 0);
  problems.push(
    ...entries.flatMap(({ number, outcome }) => (isBad(outcome) ? [`#${number} was ${outcome}`] : [])),
  );
  await using survivor = openSession({ ...location, clock });
  clock.advance(2 * LIFETIME);
  const isAlive = await survivor.getToken().then(
    (token) => checkToken(server.url, token),
    () => false,
  );
  if (!isAlive) problems.push("the session was dead at the end");
  return { rounds, redemptions: entries.length - 1, problems };
}

const isBad = (outcome: string | undefined): boolean => outcome === "reuse" || outcome === "refused";

async function timeOfClose(program: WorkerProcess<ShortLifeLine>): Promise<number> {
  await program.find(({ type }) => type === "closed" || type === "failed");
  return performance.now();
}

function complaintOf(line: ShortLifeLine): readonly string[] {
  if (line.type === "failed") return [line.message];
  return line.type === "served" && !line.accepted ? ["a program was given a dead token"] : [];
}
