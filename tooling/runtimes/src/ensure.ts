/** @throws an Error with this text */
export function ensure(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

export function ensureEqual(actual: unknown, expected: unknown, what: string): void {
  ensure(
    JSON.stringify(actual) === JSON.stringify(expected),
    `${what}: ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`,
  );
}

/** Returns the reason of the rejection. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("It should have failed");
}

/** Waits until a condition holds, for five seconds at most. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const start = Date.now(); Date.now() - start < 5_000; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`Timed out waiting for: ${what}`);
}
