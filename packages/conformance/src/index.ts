/**
 * A conformance test for clients of the OAuth device flow (RFC 8628).
 *
 * @example
 * ```ts
 * import { createCommandClient, runAll, SCENARIOS } from "@tokenflow/conformance";
 *
 * const client = createCommandClient({ signIn: "my-client login" });
 * for (const { scenario, status } of await runAll(SCENARIOS, client)) console.log(scenario.id, status);
 * ```
 *
 * @module
 */

// Running scenarios.

export type { Client, ClientSession, Commands } from "./run/client.ts";
export { createCommandClient } from "./run/command-client.ts";
export { type RunAllOptions, runAll } from "./run/run-all.ts";
export { type Finding, type Result, runScenario } from "./run/run-scenario.ts";

// The scenarios, which are data.

export type { Action, Ending, Evidence, Printed, Run, Sighting } from "./judge/evidence.ts";
export type { Expectation } from "./judge/expectation.ts";
export type { Clause, Group, Level, Need, RunStep, Scenario, Step } from "./scenarios/scenario.ts";
export { SCENARIOS } from "./scenarios/table.ts";
export type { Endpoint, Exchange } from "./service/exchange.ts";
export type { ServiceFault } from "./service/oauth-service.ts";
export type { ServiceSettings } from "./service/settings.ts";

// Reports.

export { type Judged, judgeAll, type Summary, type Verdict } from "./report/summary.ts";
export { FORMATS, type Format } from "./report/write.ts";
