/** Replaces what is random in this process, so that each run of a schedule is the same. */
export interface Repeatable extends Disposable {
  /** Set by the world that runs. Returns a name that was not used in it yet. */
  next(): string;
  /** Set by the world that runs. */
  onUnhandled(error: unknown): void;
}

export function makeRepeatable(): Repeatable {
  const { random } = Math;
  const onUnhandled = (error: unknown): void => repeatable.onUnhandled(error);
  const repeatable: Repeatable = {
    next: () => "0",
    onUnhandled: () => undefined,
    [Symbol.dispose]() {
      Math.random = random;
      Reflect.deleteProperty(crypto, "randomUUID");
      process.off("unhandledRejection", onUnhandled);
    },
  };
  Math.random = () => 0.5;
  Object.defineProperty(crypto, "randomUUID", {
    configurable: true,
    value: () => repeatable.next().padEnd(36, "-"),
  });
  process.on("unhandledRejection", onUnhandled);
  return repeatable;
}
