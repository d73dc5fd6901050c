// The monitor.
export { createMonitor, type Monitor, type MonitorOptions } from "./create-monitor.ts";

// The JSON of `/api/status` and `/api/events`.
export type {
  MinuteView,
  MonitorEvents,
  ProxyStatus,
  QueueView,
  RequestView,
  SessionView,
  SignInView,
  UsageView,
} from "./proxy-status.ts";
