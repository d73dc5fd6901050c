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
import { judgeAll } from "./report/summary.ts";
import { explain } from "./report/text.ts";
import { createInProcessClient, type InProcessClient } from "./run/in-process-client.ts";
import { type Result, runScenario } from "./run/run-scenario.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { SCENARIOS } from "./scenarios/table.ts";
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
