import type { JsonObject } from "@tokenflow/conformance/server";
import type { Settings } from "../server/settings.ts";
import { type Price, tokenPrices } from "./credits.ts";

/** A model as the simulated service knows it: its entry in the catalogue, and how it behaves. */
export interface CopilotModel {
  readonly entry: JsonObject & { readonly id: string };
  readonly endpoints: readonly string[];
  readonly price: Price;
  readonly vendor: "OpenAI" | "Azure OpenAI" | "Anthropic" | "xAI";
  /** Thinks before it answers. */
  readonly reasons: boolean;
}

const CHAT = "/chat/completions";
const RESPONSES = "/responses";
const MESSAGES = "/v1/messages";

const CHEAP: Price = { input: 0, cached: 0, output: 0 };
const USUAL: Price = { input: 300, cached: 30, output: 1500 };

/** A model for each set of endpoints, and one that is no chat model. */
const MODELS: readonly CopilotModel[] = [
  chatModel("gpt-4.1", "GPT-4.1", {
    vendor: "Azure OpenAI",
    limits: [128_000, 16_384],
    endpoints: [CHAT, RESPONSES],
    more: { is_chat_default: true, is_chat_fallback: true },
  }),
  chatModel("claude-sonnet-4", "Claude Sonnet 4", {
    vendor: "Anthropic",
    limits: [200_000, 16_000],
    endpoints: [CHAT, MESSAGES],
    price: USUAL,
    restrictedTo: ["pro", "business", "enterprise"],
    more: {
      policy: {
        state: "enabled",
        terms: "Enable access to the latest Claude Sonnet 4 model from Anthropic.",
      },
    },
  }),
  chatModel("claude-sonnet-4.5", "Claude Sonnet 4.5", {
    vendor: "Anthropic",
    limits: [200_000, 32_000],
    endpoints: [CHAT, MESSAGES],
  }),
  chatModel("gpt-5-mini", "GPT-5 mini", {
    vendor: "OpenAI",
    limits: [264_000, 64_000],
    endpoints: [CHAT, RESPONSES],
    reasons: true,
  }),
  chatModel("gpt-5-codex", "GPT-5-Codex", {
    vendor: "OpenAI",
    limits: [272_000, 128_000],
    endpoints: [RESPONSES],
    price: { input: 125, cached: 12.5, output: 1000 },
    reasons: true,
    more: { preview: true },
  }),
  {
    entry: {
      id: "text-embedding-3-small",
      name: "Embedding V3 small",
      object: "model",
      vendor: "Azure OpenAI",
      version: "text-embedding-3-small",
      preview: false,
      model_picker_enabled: false,
      capabilities: {
        family: "text-embedding-3-small",
        limits: { max_inputs: 512 },
        object: "model_capabilities",
        supports: { dimensions: true },
        tokenizer: "cl100k_base",
        type: "embeddings",
      },
    },
    endpoints: ["/embeddings"],
    price: CHEAP,
    vendor: "Azure OpenAI",
    reasons: false,
  },
];

const OPUS_AND_HAIKU: readonly CopilotModel[] = [
  chatModel("claude-opus-4.7", "Claude Opus 4.7", {
    vendor: "Anthropic",
    limits: [200_000, 64_000],
    endpoints: [MESSAGES],
    price: { input: 500, cached: 50, output: 2500 },
  }),
  chatModel("claude-haiku-4.5", "Claude Haiku 4.5", {
    vendor: "Anthropic",
    limits: [200_000, 32_000],
    endpoints: [CHAT, MESSAGES],
    price: { input: 100, cached: 10, output: 500 },
  }),
];

const GROK: CopilotModel = chatModel("grok-code-fast-1", "Grok Code Fast 1", {
  vendor: "xAI",
  limits: [128_000, 64_000],
  endpoints: [CHAT],
});

/** Returns the models of the account. */
export function copilotModels({ opusAndHaiku, grok }: Settings): readonly CopilotModel[] {
  return [...MODELS, ...(opusAndHaiku ? OPUS_AND_HAIKU : []), ...(grok ? [GROK] : [])];
}

interface ChatModelOptions extends Pick<CopilotModel, "vendor" | "endpoints"> {
  readonly limits: readonly [context: number, output: number];
  readonly price?: Price;
  readonly reasons?: boolean;
  readonly restrictedTo?: readonly string[];
  readonly more?: JsonObject;
}

function chatModel(
  id: string,
  name: string,
  {
    vendor,
    limits: [context, output],
    endpoints,
    price = CHEAP,
    reasons = false,
    restrictedTo,
    more,
  }: ChatModelOptions,
): CopilotModel {
  const entry = {
    id,
    name,
    object: "model",
    vendor,
    version: id,
    preview: false,
    model_picker_enabled: true,
    billing: {
      is_premium: price !== CHEAP,
      multiplier: price === CHEAP ? 0 : 1,
      restricted_to: restrictedTo,
      token_prices: tokenPrices(price),
    },
    supported_endpoints: endpoints,
    capabilities: {
      family: id,
      limits: {
        max_context_window_tokens: context,
        max_output_tokens: output,
        max_prompt_tokens: context,
        vision: {
          max_prompt_image_size: 3_145_728,
          max_prompt_images: 1,
          supported_media_types: ["image/jpeg", "image/png", "image/webp", "image/gif"],
        },
      },
      object: "model_capabilities",
      supports: {
        streaming: true,
        tool_calls: true,
        parallel_tool_calls: true,
        vision: true,
        structured_outputs: true,
        ...(reasons ? { reasoning_effort: ["low", "medium", "high"] } : {}),
      },
      tokenizer: "o200k_base",
      type: "chat",
    },
    ...more,
  };
  return { entry, endpoints, price, vendor, reasons };
}
