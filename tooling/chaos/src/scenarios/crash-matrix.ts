import type { Fault } from "../servers/chaos-server.ts";
import { SERVER_KINDS, type ServerKind, type StartAuthorizationServer } from "../servers/servers.ts";

/** The step at which a process kills itself. */
export const CRASH_STEPS = [
  "before the intent",
  "after the intent",
  "after the rotation",
  "in the write",
  "after the write",
] as const;
export type CrashStep = (typeof CRASH_STEPS)[number];

/** The way in which an answer is lost on a process that lives on. `unsent`: nobody listens. */
export const LOST_STEPS: readonly LostAnswer[] = ["unsent", "unheard", "unanswered", "cut"];
export type LostAnswer = Fault | "unsent";

/** The grant is sent at once while the old token is served, and a new one comes. */
const NOW = "redeems at once";
/** Nothing is sent while the token lives; then the grant is sent once, and a new token comes. */
const LATER = "serves to the end, then redeems";
/** Nothing is sent while the token lives; then the grant is sent once and refused, and never again. */
const NEVER = "serves to the end, then revoked";
/** The new token is there, and nothing is sent. */
const ADOPTS = "adopts";

/** The behaviour of the next process. */
export type Aftermath = typeof NOW | typeof LATER | typeof NEVER | typeof ADOPTS;

type Row = Readonly<Record<ServerKind, Aftermath>>;

/** The crash matrix: a row for each interruption, a column for each kind of server. */
export const CRASH_MATRIX: Readonly<Record<CrashStep, Row>> = {
  "before the intent": { keep: NOW, strict: NOW, forgiving: NOW, "too late": NOW },
  "after the intent": { keep: NOW, strict: LATER, forgiving: NOW, "too late": LATER },
  "after the rotation": { keep: NOW, strict: NEVER, forgiving: NOW, "too late": NEVER },
  "in the write": { keep: NOW, strict: NEVER, forgiving: NOW, "too late": NEVER },
  "after the write": { keep: ADOPTS, strict: ADOPTS, forgiving: ADOPTS, "too late": ADOPTS },
};

/** The same for an answer that is lost on a process that lives on. */
export const LOST_ANSWERS: Readonly<Record<LostAnswer, Row>> = {
  unsent: CRASH_MATRIX["before the intent"],
  unheard: CRASH_MATRIX["after the intent"],
  unanswered: CRASH_MATRIX["after the rotation"],
  cut: CRASH_MATRIX["after the rotation"],
};

/** The outcome of every interruption at every kind of server. */
export type Table<Step extends string> = Readonly<Record<Step, Readonly<Record<ServerKind, string>>>>;

const MAX_PROCESSES = 8;

/**
 * Tries every cell and returns the same table with the outcomes. If something else went wrong, the cell holds
 * the error.
 */
export async function fillTable<Step extends string>(
  steps: readonly Step[],
  run: (step: Step, kind: ServerKind, make: StartAuthorizationServer) => Promise<Aftermath>,
  make: StartAuthorizationServer,
): Promise<Table<Step>> {
  const cells = steps.flatMap((step) => SERVER_KINDS.map((kind) => ({ step, kind })));
  const results = new Map<string, string>();
  const work = async (): Promise<void> => {
    for (let cell = cells.shift(); cell; cell = cells.shift()) {
      const { step, kind } = cell;
      results.set(`${step}/${kind}`, await run(step, kind, make).catch(String));
    }
  };
  await Promise.all(Array.from({ length: MAX_PROCESSES }, work));
  const rowOf = (step: Step) => SERVER_KINDS.map((kind) => [kind, results.get(`${step}/${kind}`)]);
  return Object.fromEntries(steps.map((step) => [step, Object.fromEntries(rowOf(step))])) as Table<Step>;
}
