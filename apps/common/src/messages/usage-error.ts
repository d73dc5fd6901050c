/** A mistake on the command line or in a setting: one sentence, and what to do instead. Exit code 2. */
export class UsageError extends Error {
  /** Starts with `Run:` or `See:`, or is a sentence of its own. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}

/** Narrows to a {@link UsageError}. Works across copies of this package, since each program has its own. */
export function isUsageError(error: unknown): error is UsageError {
  return error instanceof Error && error.name === "UsageError";
}

/** Writes what is wrong and what to do: an error's message as a sentence, and its hint. */
export function formatError({
  message,
  hint,
}: {
  readonly message: string;
  readonly hint?: string | undefined;
}): string {
  const sentence = /[.?!]$/.test(message) ? message : `${message}.`;
  return hint ? `${sentence} ${hint}` : sentence;
}

/** Returns the error that came first. `await using` throws a pair if closing fails too. */
export function unwrapSuppressed(error: unknown): unknown {
  return error instanceof Error && error.name === "SuppressedError" && "suppressed" in error
    ? unwrapSuppressed(error.suppressed)
    : error;
}
