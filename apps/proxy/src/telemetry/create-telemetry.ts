import { type Meter, metrics, type Tracer, trace } from "@opentelemetry/api";
import type { TokenFlowEvent } from "@tokenflow/core";
import { version } from "@tokenflow/core/provider";
import { traceSessions } from "@tokenflow/core/telemetry";
import type { ProxyTelemetry } from "../observe/proxy-telemetry.ts";
import { createCallMetrics } from "./call-metrics.ts";
import { createRequestTrace } from "./request-trace.ts";

export interface TelemetryOptions {
  /**
   * Creates the spans.
   * @default the tracer `@tokenflow/proxy` of the registered provider
   * @example trace.getTracer("my-app")
   */
  readonly tracer?: Tracer | undefined;
  /**
   * Creates the metrics of model calls.
   * @default the meter `@tokenflow/proxy` of the registered provider
   * @example metrics.getMeter("my-app")
   */
  readonly meter?: Meter | undefined;
}

/** A {@link ProxyTelemetry} that also receives the events of token managers. */
export interface Telemetry extends ProxyTelemetry {
  /** Pass it to every manager as `onEvent`: it traces sign-ins and refreshes. */
  onEvent(event: TokenFlowEvent): void;
}

const NAME = "@tokenflow/proxy";

/**
 * Traces requests, sign-ins and refreshes, and measures model calls, by the semantic conventions for generative AI.
 * Register a tracer and a meter provider first, such as those of `@opentelemetry/sdk-node`.
 * @example
 * const telemetry = createTelemetry();
 * const manager = createTokenManager({ provider, onEvent: telemetry.onEvent });
 * const proxy = createProxy({ sessions: [{ manager }], telemetry });
 */
export function createTelemetry({
  tracer = trace.getTracer(NAME, version),
  meter = metrics.getMeter(NAME, version),
}: TelemetryOptions = {}): Telemetry {
  const callMetrics = createCallMetrics(meter);
  return {
    onEvent: traceSessions({ tracer }),
    onRequest: (start, headers) => createRequestTrace(start, headers, { tracer, callMetrics }),
  };
}
