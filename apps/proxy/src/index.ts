/**
 * An OpenAI- and Anthropic-compatible endpoint in front of sessions.
 *
 * @example
 * ```ts
 * import { createTokenManager } from "@tokenflow/core";
 * import { createCopilotProvider } from "@tokenflow/provider-copilot";
 * import { createProxy } from "@tokenflow/proxy";
 *
 * await using manager = createTokenManager({ provider: createCopilotProvider() });
 * await using proxy = createProxy({ sessions: [{ manager }], port: 0 });
 * const { url } = await proxy.listen();
 * ```
 *
 * @module
 */

// The proxy and its options.

export type { ProxyKey } from "./access/auth.ts";
export type { Limits } from "./access/concurrency-limiter.ts";
export { parseAliases } from "./routing/aliases.ts";
export type { ProxySession } from "./routing/route.ts";
export { createProxy, type Proxy } from "./server/proxy.ts";
export type { ProxyOptions } from "./server/proxy-options.ts";

// The log and the error codes.

export type { RequestErrorCode } from "./answers/request-error.ts";
export type { ProxyLogEntry } from "./observe/log.ts";

// The contract of a monitor. The bundled one is in `@tokenflow/proxy/monitor`.

export type { ObservedProxy, ProxyMonitor } from "./observe/proxy-monitor.ts";
export type { RequestEnd, RequestObserver, RequestStart } from "./observe/request-observer.ts";

// The contract of a counter of usage. The bundled one is in `@tokenflow/proxy/usage`.

export type { AnsweredCall, ProxyUsage, UsageOwner, UsageReport, UsageRow } from "./observe/proxy-usage.ts";
export type { AnswerUsage } from "./observe/usage-members.ts";

// The contract of telemetry. The bundled one is in `@tokenflow/proxy/telemetry`.

export type { ProxyTelemetry, RequestTrace } from "./observe/proxy-telemetry.ts";

// Lines to print at the start.

export { type SetupLine, type SetupModels, setupLines } from "./monitor/setup-lines.ts";
export { type StartLinesOptions, startLines } from "./program/start-lines.ts";
