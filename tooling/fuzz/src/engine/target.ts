/** A reader of bytes from outside, and what must hold for each of them. */
export interface Target {
  /** Also the folder of its corpus. */
  readonly name: string;
  /** Reads bytes. Throws if the reader did anything that it must not do. */
  run(bytes: Uint8Array): unknown;
  /** Inputs to begin with. */
  readonly seeds: readonly (string | Uint8Array)[];
  /** Texts that this reader knows. */
  readonly words: readonly string[];
}

/** Reads, and returns `undefined` if that is refused with an error that is documented. */
export function unlessRefused<T>(isDocumented: (error: unknown) => boolean, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isDocumented(error)) return undefined;
    throw error;
  }
}

/** The processor's time that an input may take, and more for each of its bytes, in milliseconds. */
const MAX_TIME = 200;
const MAX_TIME_PER_BYTE = 0.01;
const TRIES = 3;

/**
 * Tries one input.
 * @throws what is wrong, if the reader breaks or takes too long
 */
export async function tryInput(target: Target, bytes: Uint8Array): Promise<void> {
  const allowed = MAX_TIME + bytes.length * MAX_TIME_PER_BYTE;
  let least = Number.POSITIVE_INFINITY;
  // The first time includes the work of the compiler, and perhaps that of the garbage collector.
  for (let attempt = 0; attempt < TRIES && least > allowed; attempt += 1) {
    const before = process.threadCpuUsage();
    // Each input has bytes of its own: a reader may keep them.
    await target.run(Uint8Array.from(bytes));
    const { user, system } = process.threadCpuUsage(before);
    least = (user + system) / 1000;
  }
  if (least > allowed) throw new Error(`${bytes.length} bytes took ${Math.round(least)} ms`);
}
