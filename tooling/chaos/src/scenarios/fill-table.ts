import { type MakeAuthority, SERVER_KINDS, type ServerKind } from "../servers/servers.ts";
import type { Aftermath } from "./crash-matrix.ts";

/** Where every interruption leads, over every kind of server. */
export type Table<Step extends string> = Readonly<Record<Step, Readonly<Record<ServerKind, string>>>>;

/** So many processes at a time keep a small machine busy, and a busy one usable. */
const AT_A_TIME = 8;

/**
 * Tries every cell of a table, and answers the same table with what came of each: a sentence of its own where
 * something else went wrong.
 */
export async function fillTable<Step extends string>(
  steps: readonly Step[],
  run: (step: Step, kind: ServerKind, make: MakeAuthority) => Promise<Aftermath>,
  make: MakeAuthority,
): Promise<Table<Step>> {
  const cells = steps.flatMap((step) => SERVER_KINDS.map((kind) => ({ step, kind })));
  const results = new Map<string, string>();
  const work = async (): Promise<void> => {
    for (let cell = cells.shift(); cell; cell = cells.shift()) {
      const { step, kind } = cell;
      results.set(`${step}/${kind}`, await run(step, kind, make).catch(String));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  const rowOf = (step: Step) => SERVER_KINDS.map((kind) => [kind, results.get(`${step}/${kind}`)]);
  return Object.fromEntries(steps.map((step) => [step, Object.fromEntries(rowOf(step))])) as Table<Step>;
}
