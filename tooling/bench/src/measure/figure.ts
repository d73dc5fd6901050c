/** The median of all rounds, with the smallest and the largest of them. */
export interface Figure {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** One value for each round, in order. */
  readonly rounds: readonly number[];
}

/** @throws `RangeError` without a value */
export function figure(rounds: readonly number[]): Figure {
  const sorted = rounds.toSorted((a, b) => a - b);
  const [least, most] = [sorted[0], sorted.at(-1)];
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (least === undefined || most === undefined || low === undefined || high === undefined) {
    throw new RangeError("A figure needs a value");
  }
  return { median: (low + high) / 2, least, most, rounds };
}

/**
 * Returns the ratio round by round, so that only measurements a few seconds apart are compared. The median of
 * these ratios is not the ratio of the medians.
 * @throws `RangeError` if the two are not of the same rounds
 */
export function ratioOf(of: Figure | undefined, to: Figure | undefined): Figure | undefined {
  return byRound(of, to, (a, b) => a / b);
}

/**
 * Returns the difference round by round.
 * @throws `RangeError` if the two are not of the same rounds
 */
export function differenceOf(of: Figure | undefined, to: Figure | undefined): Figure | undefined {
  return byRound(of, to, (a, b) => a - b);
}

function byRound(
  of: Figure | undefined,
  to: Figure | undefined,
  compare: (a: number, b: number) => number,
): Figure | undefined {
  if (of === undefined || to === undefined) return undefined;
  if (of.rounds.length !== to.rounds.length) {
    throw new RangeError(`${of.rounds.length} rounds cannot be compared with ${to.rounds.length}`);
  }
  return figure(of.rounds.map((value, round) => compare(value, to.rounds[round] ?? Number.NaN)));
}
