// The proxy.

// Its options.
export type { ProxyKey } from "./access/auth.ts";
export type { Limits } from "./access/concurrency-limiter.ts";
// What it logs and returns.
export type { RequestErrorCode } from "./answers/request-error.ts";
// Lines to print at the start.
export { type SetupLine, setupLines } from "./monitor/setup-lines.ts";
export type { ProxyLogEntry } from "./observe/log.ts";
// The contract of a monitor. `@tokenflow/proxy/monitor` has ours.
export type {
  ObservedProxy,
  ProxyMonitor,
  RequestEnd,
  RequestObserver,
  RequestStart,
} from "./observe/request-observer.ts";
export { type StartLinesOptions, startLines } from "./program/start-lines.ts";
export { parseAliases } from "./routing/model-names.ts";
export type { ProxySession } from "./routing/route.ts";
export { createProxy, type Proxy } from "./server/proxy.ts";
export type { ProxyOptions } from "./server/proxy-options.ts";
