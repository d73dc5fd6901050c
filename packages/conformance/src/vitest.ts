/**
 * The conformance test for a client in the same process, in virtual time: minutes of waiting take milliseconds.
 *
 * @example
 * ```ts
 * import { testDeviceFlowClient } from "@tokenflow/conformance/vitest";
 *
 * testDeviceFlowClient({ signIn: ({ issuer, clientId, scope, fetch, show }) => myLibrary(issuer, { clientId, scope, fetch, show }) });
 * ```
 *
 * @module
 */

import { describe, test } from "vitest";
import type { DeviceAnswer, IssuerOptions } from "./issuer/issuer-client.ts";
import { type CheckResult, runChecks } from "./issuer/run-checks.ts";
import { judgeAll } from "./report/summary.ts";
import { explain } from "./report/text.ts";
import { createInProcessClient, type InProcessClient } from "./run/in-process-client.ts";
import { type Result, runScenario } from "./run/run-scenario.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { SCENARIOS } from "./scenarios/table.ts";
import { CLIENT_ID } from "./service/endpoints.ts";
import { createServiceFetch } from "./service/in-process.ts";
import { createOAuthService } from "./service/oauth-service.ts";
import type { ServiceSettings } from "./service/settings.ts";
import { inVirtualTime } from "./virtual-time.ts";

export type { InProcessClient, InProcessContext } from "./run/in-process-client.ts";

export interface TestOptions {
  /** @default all */
  readonly scenarios?: readonly Scenario[] | undefined;
  /** The ids of scenarios that may fail; a pass of one of them fails. @default [] */
  readonly expectedFailures?: readonly string[] | undefined;
}

/**
 * Declares one test of Vitest for each scenario. A scenario that the client does not offer is skipped. The client gets
 * `fetch` as an argument, and waits by `setTimeout` or `AbortSignal.timeout`, which are faked while a scenario runs.
 */
export function testDeviceFlowClient(
  functions: InProcessClient,
  { scenarios = SCENARIOS, expectedFailures = [] }: TestOptions = {},
): void {
  describe("the OAuth device flow", () => {
    for (const scenario of scenarios) {
      test(`${scenario.id}: the client ${scenario.title}`, async ({ skip }) => {
        const result = await runInVirtualTime(scenario, functions);
        const [judged] = judgeAll([result], new Set(expectedFailures));
        if (judged?.verdict === "not offered") skip(judged.missing?.advice);
        if (judged?.verdict === "failed" || judged?.verdict === "passed unexpectedly") {
          throw new Error(`\n${explain(judged)}`);
        }
      });
    }
  });
}

/** Runs one scenario in virtual time, and returns its result. */
export function runInVirtualTime(scenario: Scenario, functions: InProcessClient): Promise<Result> {
  const client = createInProcessClient(functions);
  return inVirtualTime(() => runScenario(scenario, client), client);
}

/**
 * Checks the kit's own server in virtual time, with settings that make it better or worse, and returns the results. With
 * it you can try what a check of your own says.
 */
export function checkInVirtualTime(
  settings: Partial<ServiceSettings>,
  options: Partial<IssuerOptions> = {},
): Promise<readonly CheckResult[]> {
  const start = (): Promise<readonly CheckResult[]> => {
    const service = createOAuthService(settings);
    service.origin = "http://127.0.0.1:8628";
    const fetch = createServiceFetch(service);
    const decide =
      (decision: string) =>
      async ({ userCode, verificationUri }: DeviceAnswer): Promise<void> => {
        const body = new URLSearchParams({ user_code: userCode, decision });
        await fetch(`${verificationUri}/confirm`, { method: "POST", body });
      };
    const decisions = { approve: decide("approve"), deny: decide("deny") };
    return runChecks({ issuer: service.origin, clientId: CLIENT_ID, fetch, ...decisions, ...options });
  };
  return inVirtualTime(start, { isRunning: () => true });
}
