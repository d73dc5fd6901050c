import { encryptionChecks } from "./encryption.ts";
import { fetchChecks } from "./fetches.ts";
import { type Addresses, type Checks, createScene } from "./scenario.ts";
import { refreshChecks, signInChecks } from "./sessions.ts";

export interface Result {
  readonly name: string;
  /** Absent if it passed. */
  readonly error?: string | undefined;
}

const TIMEOUT = 60_000;

const checks: Checks = {
  ...signInChecks,
  ...refreshChecks,
  ...encryptionChecks,
  ...fetchChecks,
};

/** Runs every check, one after another. Uses only what all runtimes have. */
export async function runSmoke(addresses: Addresses): Promise<readonly Result[]> {
  const scenario = createScene(addresses);
  const results: Result[] = [];
  for (const [name, check] of Object.entries(checks)) {
    try {
      await inTime(check(scenario));
      results.push({ name });
    } catch (error) {
      results.push({ name, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    }
  }
  return results;
}

/** Lets a check fail that hangs. */
async function inTime(check: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error("It hangs")), TIMEOUT);
  try {
    await Promise.race([check, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
