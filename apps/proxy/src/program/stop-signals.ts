/** The signals that stop the program. Use it in a `using` declaration, which removes its listeners. */
export interface StopSignals extends Disposable {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Resolves at the first one, with the exit code of a clean stop. */
  readonly first: Promise<number>;
}

/** A supervisor's SIGTERM is no failure. A person's Ctrl-C has the code that shells expect. */
const EXIT_CODES = { SIGTERM: 0, SIGINT: 130 } as const;

/**
 * The same signal within this time, in milliseconds, is a duplicate. Under `npm run` one Ctrl-C arrives twice: from the
 * terminal, which sends it to the whole group of processes, and from npm, which forwards it.
 */
const DUPLICATE_WINDOW = 300;

/**
 * The first signal aborts, the second calls `forceShutdown`, and the third is not handled, so Node exits. The same
 * signal within 300 ms of the first one is ignored.
 * @param now returns the milliseconds of any clock
 */
export function createStopSignals(
  forceShutdown: () => void,
  now: () => number = () => performance.now(),
): StopSignals {
  const controller = new AbortController();
  const { promise: first, resolve } = Promise.withResolvers<number>();
  let heard: { readonly name: NodeJS.Signals; readonly at: number } | undefined;
  const listen = (name: NodeJS.Signals): void => {
    if (heard) {
      if (name === heard.name && now() - heard.at < DUPLICATE_WINDOW) return;
      dispose();
      forceShutdown();
    } else {
      heard = { name, at: now() };
      controller.abort();
      resolve(name === "SIGINT" ? EXIT_CODES.SIGINT : EXIT_CODES.SIGTERM);
    }
  };
  const dispose = (): void => {
    process.off("SIGINT", listen);
    process.off("SIGTERM", listen);
  };
  process.on("SIGINT", listen);
  process.on("SIGTERM", listen);
  return { signal: controller.signal, first, [Symbol.dispose]: dispose };
}
