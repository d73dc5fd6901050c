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
export { ends, fails, prints, saysWhy, signsIn, succeeds } from "./judge/outcomes.ts";
export {
  asksForCodes,
  endsWithin,
  polls,
  pollsNoFasterThan,
  stopsAfter,
  waits,
  waitsFirst,
} from "./judge/polling.ts";
export { never, refreshes, reusesNoRefreshToken, revokes, sends } from "./judge/requests.ts";
export type { Clause, Group, Level, Need, RunStep, Scenario, Step } from "./scenarios/scenario.ts";
export { rfc } from "./scenarios/scenario.ts";
export { SCENARIOS } from "./scenarios/table.ts";
export type { Endpoint, Exchange } from "./service/exchange.ts";
export type { ServiceFault } from "./service/oauth-service.ts";
export type { ServiceSettings } from "./service/settings.ts";

// Reports.

export { type Judged, judgeAll, type Summary, type Verdict } from "./report/summary.ts";
export { timelineOf } from "./report/timeline.ts";
export { FORMATS, type Format } from "./report/write.ts";

// The server of the scenarios, and checks of any server.

export type { Check } from "./issuer/check.ts";
export type { ClientAuthentication, DeviceAnswer, Endpoints, IssuerOptions } from "./issuer/issuer-client.ts";
export { type CheckResult, runChecks } from "./issuer/run-checks.ts";
export { startTestServer, type TestServer } from "./service/listen.ts";

// The command line, in the process of another program.

export { main as runCommandLine } from "./program/main.ts";
export type { Output } from "./program/test-client.ts";
