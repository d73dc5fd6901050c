import { type Figure, figure } from "./figure.ts";

/** Measures one subject in every round. */
export async function inRoundsAlone(
  rounds: number,
  measure: () => Promise<readonly number[]>,
): Promise<readonly Figure[]> {
  return (await inRounds(rounds, ["it"], measure))["it"] ?? [];
}

/** The figures of each subject, measured as {@link samplesInRounds} says. */
export async function inRounds(
  rounds: number,
  names: readonly string[],
  measure: (name: string) => Promise<readonly number[]>,
): Promise<Readonly<Record<string, readonly Figure[] | undefined>>> {
  const figures = [...(await samplesInRounds(rounds, names, measure))].map(([name, runs]) => {
    const columns = runs[0]?.map((_, column) => figure(runs.map((run) => run[column] ?? Number.NaN)));
    return [name, columns ?? []] as const;
  });
  return Object.fromEntries(figures);
}

/**
 * Measures every subject once, then all of them again, so that a slow minute of a shared machine falls on
 * all alike. The order turns around from round to round.
 */
export async function samplesInRounds<Sample>(
  rounds: number,
  names: readonly string[],
  measure: (name: string) => Promise<Sample>,
): Promise<ReadonlyMap<string, readonly Sample[]>> {
  const samples = new Map(names.map((name): [string, Sample[]] => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      samples.get(name)?.push(await measure(name));
    }
  }
  return samples;
}
