import type { Clock } from "./clock.ts";

const SLICE = 1_000;

/** Waits in slices, so that time asleep counts as one slice at most: the measure for whoever should have answered. */
export async function sleepTolerantTimeout(
  clock: Clock,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += SLICE) {
    await clock.sleep(SLICE, { signal, background: true });
  }
}
