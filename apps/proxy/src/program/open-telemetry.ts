import type { Environment } from "@tokenflow/common";
import type { Telemetry } from "../telemetry/create-telemetry.ts";

/** Telemetry that is sent by OpenTelemetry's SDK. Disposing sends what is left. */
export interface OpenedTelemetry extends Telemetry, AsyncDisposable {}

/** One of them switches it on, as the SDK's own documentation has it. */
const SWITCHES = [
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
  "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
];
/** How long the last spans may take to be sent, in milliseconds. */
const LAST_SEND = 3_000;

/**
 * Starts OpenTelemetry's SDK if its variables name a collector. All other variables are the SDK's own.
 * @param say receives a sentence about the SDK if it is missing
 */
export async function openTelemetry(
  env: Environment,
  say: (line: string) => void,
): Promise<OpenedTelemetry | undefined> {
  const name = SWITCHES.find((variable) => env[variable]);
  if (name === undefined || env["OTEL_SDK_DISABLED"] === "true") return undefined;
  const installed = await import("@opentelemetry/sdk-node").catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
  if (!installed) {
    say(
      `${name} is set, but OpenTelemetry's SDK is not installed. Run: npm install -g @opentelemetry/sdk-node`,
    );
    return undefined;
  }
  // Not the process: its command line may contain the password of a store.
  process.env["OTEL_NODE_RESOURCE_DETECTORS"] ??= "env,host,os,serviceinstance";
  const sdk = new installed.NodeSDK({
    serviceName: env["OTEL_SERVICE_NAME"] ?? "tokenflow-proxy",
    instrumentations: [],
  });
  sdk.start();
  const { createTelemetry } = await import("../telemetry/create-telemetry.ts");
  return {
    ...createTelemetry(),
    async [Symbol.asyncDispose]() {
      const sent = sdk.shutdown().catch(() => undefined);
      await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, LAST_SEND).unref())]);
    },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
}
