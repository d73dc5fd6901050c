export type { ProxyKey } from "./access/auth.ts";
export type { Limits } from "./access/concurrency-limiter.ts";
export type { RequestErrorCode } from "./answers/request-error.ts";
export { type SetupLine, setupLines } from "./monitor/setup-lines.ts";
export type { ProxyLogEntry } from "./observe/log.ts";
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
export { createProxy, type Proxy, type ProxyOptions } from "./server/proxy.ts";
