import { type Check, NotOffered } from "./check.ts";
import { CHECKS } from "./checks.ts";
import { createIssuerClient, type IssuerOptions } from "./issuer-client.ts";

/** The result of one check of a server. */
export interface CheckResult {
  readonly check: Omit<Check, "run">;
  readonly status: "passed" | "failed" | "not offered";
  /** What was observed instead, or why it is not offered. */
  readonly note?: string | undefined;
}

/** Runs all checks of a server at the same time. */
export function runChecks(
  options: IssuerOptions,
  onResult?: (result: CheckResult) => void,
): Promise<readonly CheckResult[]> {
  const client = createIssuerClient(options);
  return Promise.all(
    CHECKS.map(async ({ run, ...check }) => {
      const result = await outcomeOf(() => run(client));
      onResult?.({ check, ...result });
      return { check, ...result };
    }),
  );
}

async function outcomeOf(run: () => Promise<string | undefined>): Promise<Omit<CheckResult, "check">> {
  try {
    const note = await run();
    return note === undefined ? { status: "passed" } : { status: "failed", note };
  } catch (error) {
    if (error instanceof NotOffered) return { status: "not offered", note: error.message };
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
    return { status: "failed", note: `${error instanceof Error ? error.message : String(error)}${cause}` };
  }
}
