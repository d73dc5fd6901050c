export type { Limits } from "./admission.ts";
export { parseAliases } from "./aliases.ts";
export type { ProxyKey } from "./guard.ts";
export type { ProxyLogEntry } from "./log.ts";
export { createProxy, type Proxy, type ProxyOptions } from "./proxy.ts";
export type { RequestErrorCode } from "./request-error.ts";
export type {
  ObservedProxy,
  ProxyMonitor,
  RequestEnd,
  RequestObserver,
  RequestStart,
} from "./request-observer.ts";
export type { ProxySession } from "./route.ts";
export { type SetupLine, setupLines } from "./setup-lines.ts";
export { type StartLinesOptions, startLines } from "./start-lines.ts";
