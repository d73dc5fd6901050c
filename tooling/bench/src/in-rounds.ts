import { type Figure, figure } from "./result.ts";

/** Measures one subject in every round. */
export async function inRoundsAlone(
  rounds: number,
  measure: () => Promise<readonly number[]>,
): Promise<readonly Figure[]> {
  return (await inRounds(rounds, ["it"], measure))["it"] ?? [];
}

/**
 * Measures every subject once, then all of them again, so that a slow minute of a shared machine falls on
 * all alike. The order turns around from round to round.
 */
export async function inRounds(
  rounds: number,
  names: readonly string[],
  measure: (name: string) => Promise<readonly number[]>,
): Promise<Readonly<Record<string, readonly Figure[] | undefined>>> {
  const samples = new Map<string, (readonly number[])[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      samples.get(name)?.push(await measure(name));
    }
  }
  const figures = [...samples].map(([name, runs]) => {
    const columns = runs[0]?.map((_, column) => figure(runs.map((run) => run[column] ?? Number.NaN)));
    return [name, columns ?? []] as const;
  });
  return Object.fromEntries(figures);
}
