/** Parts of the program `tokenflow-proxy`, for `tokenflow proxy`. */

export { createMonitor } from "./monitor/create-monitor.ts";
export { type OpenedTelemetry, openTelemetry } from "./program/open-telemetry.ts";
export { openUsage, USAGE_FILE } from "./program/open-usage.ts";
export { type ServeOptions, serve } from "./program/serve.ts";
export { type FlagValues, SETTING_FLAGS, type SettingFlag } from "./program/setting-flags.ts";
export { readSettings, type Settings } from "./program/settings.ts";
export { createStopSignals, type StopSignals } from "./program/stop-signals.ts";
export { prepareSocket, protectSocket } from "./server/unix-socket.ts";
