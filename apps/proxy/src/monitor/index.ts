export { createMonitor, type Monitor, type MonitorOptions } from "./create-monitor.ts";
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
