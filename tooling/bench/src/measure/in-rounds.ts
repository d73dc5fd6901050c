import { type Figure, figure } from "./figure.ts";

/** Returns the figures of each subject, measured as {@link samplesInRounds} does. */
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
 * Measures every subject once per round, so that a slow minute of a shared machine affects all of them.
 * The order is reversed from round to round.
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
