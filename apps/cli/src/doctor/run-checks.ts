import { EXIT } from "@tokenflow/common";
import { abortable, systemClock, withTimeout } from "@tokenflow/core/provider";
import { type Check, type DoctorContext, errorFinding, type Finding } from "./check.ts";

/** The context of checks that need no store. */
type StorelessContext = Pick<DoctorContext, "context" | "signal">;

/** A check that takes longer fails. */
const TIMEOUT = 15_000;

export interface CheckedFinding extends Finding {
  readonly check: string;
}

/**
 * Runs all checks at once. Returns their findings in the order of `checks`.
 * @param onProgress called with the names of the checks that still run
 */
export async function runChecks<Needs extends StorelessContext>(
  checks: readonly Check<Needs>[],
  context: Needs,
  onProgress: (running: readonly string[]) => void,
): Promise<readonly CheckedFinding[]> {
  const running = new Set(checks.map(({ name }) => name));
  onProgress([...running]);
  const found = await Promise.all(
    checks.map(async (check) => {
      const findings = await runCheck(check, context);
      running.delete(check.name);
      onProgress([...running]);
      return findings.map((finding) => ({ check: check.name, ...finding }));
    }),
  );
  return found.flat();
}

async function runCheck<Needs extends StorelessContext>(
  check: Check<Needs>,
  context: Needs,
): Promise<readonly Finding[]> {
  const timedOut = new AbortController();
  const signal = AbortSignal.any([context.signal, timedOut.signal]);
  try {
    return await withTimeout(abortable(check.run({ ...context, signal }), context.signal), {
      clock: systemClock,
      timeout: TIMEOUT,
      onTimeout(): readonly Finding[] {
        timedOut.abort();
        const message = `${check.name}: no answer within ${TIMEOUT / 1_000} s`;
        return [{ level: "red", message, fix: "Try again.", exit: EXIT.unavailable }];
      },
    });
  } catch (error) {
    if (context.signal.aborted) throw error;
    return [await errorFinding(error, check.name)];
  }
}
