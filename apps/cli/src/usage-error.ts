/** The command line cannot mean anything: one sentence, and what to type instead. Exit code 2. */
export class UsageError extends Error {
  /** Starts with `Run:`, `See:` or is a sentence of its own. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}
