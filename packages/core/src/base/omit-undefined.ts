/** Drops what is undefined, so that nothing is shown that is not there, and two equal records are equal. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}
