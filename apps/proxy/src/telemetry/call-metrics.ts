import type { Attributes, Histogram, Meter } from "@opentelemetry/api";
import type { CallDetails } from "../observe/call-details.ts";
import { OPERATION_DURATION, TOKEN_TYPE, TOKEN_USAGE } from "./conventions.ts";

/** The metrics of model calls. */
export interface CallMetrics {
  /**
   * @param duration in milliseconds
   * @param usage the figures of an answer that came to its end
   */
  record(duration: number, attributes: Attributes, usage: CallDetails | undefined): void;
}

/** The bounds that the conventions advise. */
const TOKENS = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];
const SECONDS = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

export function createCallMetrics(meter: Meter): CallMetrics {
  const tokens: Histogram = meter.createHistogram(TOKEN_USAGE, {
    description: "Number of input and output tokens used.",
    unit: "{token}",
    advice: { explicitBucketBoundaries: TOKENS },
  });
  const durations: Histogram = meter.createHistogram(OPERATION_DURATION, {
    description: "GenAI operation duration.",
    unit: "s",
    advice: { explicitBucketBoundaries: SECONDS },
  });
  return {
    record(duration, attributes, usage) {
      durations.record(duration / 1000, attributes);
      const { inputTokens, outputTokens } = usage ?? {};
      if (inputTokens !== undefined) tokens.record(inputTokens, { ...attributes, [TOKEN_TYPE]: "input" });
      if (outputTokens !== undefined) tokens.record(outputTokens, { ...attributes, [TOKEN_TYPE]: "output" });
    },
  };
}
