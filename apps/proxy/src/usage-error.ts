/** The settings cannot mean anything: one sentence, and what to do instead. */
export class UsageError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string = "Run: tokenflow-proxy --help") {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
  }
}
