/** What ends the program. Use it in a `using` declaration: it takes its listeners away. */
export interface StopSignals extends Disposable {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Resolves at the first one, with the exit code of a clean end. */
  readonly first: Promise<number>;
}

/** A supervisor's SIGTERM that was obeyed is no failure; a person's Ctrl-C has the code that shells expect. */
const EXIT_CODES = { SIGTERM: 0, SIGINT: 130 } as const;

/**
 * What comes again so soon, in milliseconds, was said once: under `npm run` one Ctrl-C arrives from the terminal and
 * from npm, which forwards what the terminal has sent to the whole group of processes.
 */
const ECHO = 300;

/**
 * The first signal asks for an end, the second is told to `hurry`, the third meets nobody and kills. The same signal
 * within 300 ms of the first is its echo and counts for nothing. `now` answers milliseconds of any clock.
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
      if (name === heard.name && now() - heard.at < ECHO) return;
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
