export { createMonitor } from "./monitor/create-monitor.ts";
export { type ServeOptions, serve } from "./program/serve.ts";
export {
  type FlagValues,
  readSettings,
  SETTING_FLAGS,
  type SettingFlag,
  type Settings,
} from "./program/settings.ts";
export { createStopSignals, type StopSignals } from "./program/stop-signals.ts";
