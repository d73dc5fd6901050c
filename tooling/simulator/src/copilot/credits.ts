import type { JsonObject } from "@tokenflow/conformance/server";
import type { ModelCall } from "../models/model-call.ts";

/** Credits for a million tokens. One credit is a cent. */
export interface Price {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

const BATCH = 1_000_000;
const NANO = 1_000_000_000;

/** Returns the prices of a model, as the catalogue has them. */
export function tokenPrices({ input, cached, output }: Price): JsonObject {
  return {
    batch_size: BATCH,
    default: { input_price: input, cache_price: cached, output_price: output },
  };
}

/** The member in which an answer says what it cost. */
export interface CopilotUsage extends JsonObject {
  readonly copilot_usage: JsonObject & { readonly total_nano_aiu: number };
}

/** Returns the member in which an answer says what it cost. */
export function createCopilotUsage(call: ModelCall, { input, cached, output }: Price): CopilotUsage {
  const details = [
    { token_type: "input", token_count: call.promptTokens - call.cachedTokens, price: input },
    { token_type: "cache_read", token_count: call.cachedTokens, price: cached },
    { token_type: "output", token_count: call.pieces.length, price: output },
  ];
  return {
    copilot_usage: {
      token_details: details.map(({ price, ...detail }) => ({
        ...detail,
        batch_size: BATCH,
        cost_per_batch: price * NANO,
      })),
      total_nano_aiu: details.reduce(
        (sum, { token_count: count, price }) => sum + count * price * (NANO / BATCH),
        0,
      ),
    },
  };
}
