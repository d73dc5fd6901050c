import { EXIT } from "@tokenflow/common";
import { type Check, type DoctorContext, errorFinding, type Finding } from "./check.ts";

/** What needs no store to be looked at. */
type Alone = Pick<DoctorContext, "context" | "signal">;

/** No check is worth more waiting. */
const TIMEOUT = 15_000;

export interface CheckedFinding extends Finding {
  readonly check: string;
}

/**
 * Runs all at once; answers in the order given.
 * @param onProgress hears the names of those that still run
 */
export async function runChecks<Needs extends Alone>(
  checks: readonly Check<Needs>[],
  patient: Needs,
  onProgress: (running: readonly string[]) => void,
): Promise<readonly CheckedFinding[]> {
  const running = new Set(checks.map(({ name }) => name));
  onProgress([...running]);
  const found = await Promise.all(
    checks.map(async (check) => {
      const findings = await runCheck(check, patient);
      running.delete(check.name);
      onProgress([...running]);
      return findings.map((finding) => ({ check: check.name, ...finding }));
    }),
  );
  return found.flat();
}

async function runCheck<Needs extends Alone>(
  check: Check<Needs>,
  patient: Needs,
): Promise<readonly Finding[]> {
  const late = AbortSignal.timeout(TIMEOUT);
  const signal = AbortSignal.any([patient.signal, late]);
  const over = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  try {
    return await Promise.race([check.run({ ...patient, signal }), over]);
  } catch (error) {
    if (patient.signal.aborted) throw error;
    if (!late.aborted) return [await errorFinding(error, check.name)];
    const message = `${check.name}: no answer within ${TIMEOUT / 1_000} s`;
    return [{ level: "red", message, fix: "Try again.", exit: EXIT.unavailable }];
  }
}
