import type { JsonObject } from "../server/json.ts";

/** The catalogue: a model for each set of endpoints, and one that is no chat model. */
export const copilotModels: readonly (JsonObject & {
  readonly id: string;
  readonly supported_endpoints?: readonly string[];
})[] = [
  {
    ...chatModel("gpt-4.1", "GPT-4.1", "Azure OpenAI", 128_000, 16_384),
    is_chat_default: true,
    is_chat_fallback: true,
    supported_endpoints: ["/chat/completions", "/responses"],
  },
  {
    ...chatModel("claude-sonnet-4", "Claude Sonnet 4", "Anthropic", 200_000, 16_000),
    billing: { is_premium: true, multiplier: 1, restricted_to: ["pro", "business", "enterprise"] },
    policy: { state: "enabled", terms: "Enable access to the latest Claude Sonnet 4 model from Anthropic." },
    supported_endpoints: ["/chat/completions", "/v1/messages"],
  },
  {
    ...chatModel("claude-sonnet-4.5", "Claude Sonnet 4.5", "Anthropic", 200_000, 32_000),
    supported_endpoints: ["/chat/completions", "/v1/messages"],
  },
  {
    ...chatModel("gpt-5-codex", "GPT-5-Codex", "OpenAI", 272_000, 128_000),
    preview: true,
    billing: { is_premium: true, multiplier: 1 },
    supported_endpoints: ["/responses"],
  },
  {
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
];

function chatModel(
  id: string,
  name: string,
  vendor: string,
  context: number,
  output: number,
): JsonObject & { readonly id: string } {
  return {
    id,
    name,
    object: "model",
    vendor,
    version: id,
    preview: false,
    model_picker_enabled: true,
    billing: { is_premium: false, multiplier: 0 },
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
      },
      tokenizer: "o200k_base",
      type: "chat",
    },
  };
}
