/** What the command line or a setting says cannot be meant: one sentence, and what to do instead. Exit code 2. */
export class UsageError extends Error {
  /** Starts with `Run:`, `See:` or is a sentence of its own. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}

/** Narrows to a {@link UsageError}; works across copies of this package, since each program has its own. */
export function isUsageError(error: unknown): error is UsageError {
  return error instanceof Error && error.name === "UsageError";
}
