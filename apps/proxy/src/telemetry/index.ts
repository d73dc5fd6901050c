// Spans and metrics of OpenTelemetry.
export { createTelemetry, type Telemetry, type TelemetryOptions } from "./create-telemetry.ts";
