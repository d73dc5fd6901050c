/** What ends the program. Use it in a `using` declaration: it takes its listeners away. */
export interface StopSignals extends Disposable {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Resolves at the first one, with the exit code of a clean end. */
  readonly first: Promise<number>;
}

/** A supervisor's SIGTERM that was obeyed is no failure; a person's Ctrl-C has the code that shells expect. */
const EXIT_CODES = { SIGTERM: 0, SIGINT: 130 } as const;

/** The first signal asks for an end, the second is told to `hurry`, the third meets nobody and kills. */
export function createStopSignals(hurry: () => void): StopSignals {
  const controller = new AbortController();
  const { promise: first, resolve } = Promise.withResolvers<number>();
  const listen = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      dispose();
      hurry();
    } else {
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
