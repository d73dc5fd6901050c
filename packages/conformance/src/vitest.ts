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

import { describe, test, vi } from "vitest";
import { judgeAll } from "./report/summary.ts";
import { explain } from "./report/text.ts";
import { createInProcessClient, type InProcessClient } from "./run/in-process-client.ts";
import { type Result, runScenario } from "./run/run-scenario.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { SCENARIOS } from "./scenarios/table.ts";

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

/** How long a client that waits for no timer may be busy with something else, in real ms. */
const IDLE_LIMIT = 300;

/** Runs one scenario in virtual time, and returns its result. */
export async function runInVirtualTime(scenario: Scenario, functions: InProcessClient): Promise<Result> {
  const realNow = performance.now.bind(performance);
  const realTick = setImmediate;
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
  });
  const realTimeout = AbortSignal.timeout;
  AbortSignal.timeout = (milliseconds) => {
    const controller = new AbortController();
    const reason = new DOMException("The operation was aborted due to timeout", "TimeoutError");
    setTimeout(() => controller.abort(reason), milliseconds);
    return controller.signal;
  };
  try {
    let settled = false;
    const client = createInProcessClient(functions);
    const work = runScenario(scenario, client).finally(() => {
      settled = true;
    });
    // The time limit of a run is a timer, too. Alone, it says that the client loads a module, or hangs.
    const isIdle = (): boolean => client.isRunning() && vi.getTimerCount() <= 1;
    while (!settled) {
      const since = realNow();
      // What needs no time comes first: promises, streams, and whatever the platform does by itself.
      for (let turn = 0; !settled && (turn < 8 || (isIdle() && realNow() - since < IDLE_LIMIT)); turn += 1) {
        await new Promise((resolve) => realTick(resolve));
      }
      if (!settled) await vi.advanceTimersToNextTimerAsync();
    }
    return await work;
  } finally {
    AbortSignal.timeout = realTimeout;
    vi.clearAllTimers();
    vi.useRealTimers();
  }
}
