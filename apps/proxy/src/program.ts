export { createMonitor } from "./monitor/create-monitor.ts";
export { type ServeOptions, serve } from "./serve.ts";
export { type FlagValues, readSettings, SETTING_FLAGS, type SettingFlag, type Settings } from "./settings.ts";
export { createStopSignals, type StopSignals } from "./stop-signals.ts";
