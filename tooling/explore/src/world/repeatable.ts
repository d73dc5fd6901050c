/**
 * Replaces what is random in this process, so that each run of a schedule is the same, and what would keep every run
 * in memory.
 */
export interface Repeatable extends Disposable {
  /** Set by the world that runs. Returns a name that was not used in it yet. */
  next(): string;
  /** Set by the world that runs. */
  onUnhandled(error: unknown): void;
}

export function makeRepeatable(): Repeatable {
  const { random } = Math;
  const { any } = AbortSignal;
  const onUnhandled = (error: unknown): void => repeatable.onUnhandled(error);
  const repeatable: Repeatable = {
    next: () => "0",
    onUnhandled: () => undefined,
    [Symbol.dispose]() {
      Math.random = random;
      AbortSignal.any = any;
      Reflect.deleteProperty(crypto, "randomUUID");
      process.off("unhandledRejection", onUnhandled);
    },
  };
  Math.random = () => 0.5;
  AbortSignal.any = anyOf;
  Object.defineProperty(crypto, "randomUUID", {
    configurable: true,
    value: () => repeatable.next().padEnd(36, "-"),
  });
  process.on("unhandledRejection", onUnhandled);
  return repeatable;
}

/** Does what `AbortSignal.any` does. Node keeps its signals while they have listeners, and most runs end before that. */
function anyOf(signals: readonly AbortSignal[]): AbortSignal {
  const controller = new AbortController();
  for (const signal of signals) {
    const abort = (): void => controller.abort(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  }
  return controller.signal;
}
