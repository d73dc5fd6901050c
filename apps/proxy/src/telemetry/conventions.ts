/**
 * The names of OpenTelemetry's semantic conventions that are used here. Those for generative AI are in development, and
 * are followed as of commit 004902b8cb70aa5ae6ca4ae07132b7daabcd3e10 of open-telemetry/semantic-conventions-genai.
 */
export const OPERATION = "gen_ai.operation.name";
export const PROVIDER = "gen_ai.provider.name";
export const REQUEST_MODEL = "gen_ai.request.model";
export const REQUEST_STREAM = "gen_ai.request.stream";
export const CONVERSATION = "gen_ai.conversation.id";
export const INPUT_TOKENS = "gen_ai.usage.input_tokens";
export const CACHED_TOKENS = "gen_ai.usage.cache_read.input_tokens";
export const OUTPUT_TOKENS = "gen_ai.usage.output_tokens";
export const REASONING_TOKENS = "gen_ai.usage.reasoning.output_tokens";
export const TOKEN_TYPE = "gen_ai.token.type";
export const TOKEN_USAGE = "gen_ai.client.token.usage";
export const OPERATION_DURATION = "gen_ai.client.operation.duration";
export const ERROR_TYPE = "error.type";
export const METHOD = "http.request.method";
export const ROUTE = "http.route";
export const STATUS = "http.response.status_code";
export const RESENDS = "http.request.resend_count";

/** The operation of a model call, by the proxy's route. Requests of other routes are no model calls. */
export const OPERATIONS: Readonly<Record<string, string>> = {
  "/v1/chat/completions": "chat",
  "/v1/responses": "chat",
  "/v1/messages": "chat",
  "/v1/embeddings": "embeddings",
};
