/**
 * Chat Completions, Responses and Messages, each to each: requests, whole answers, streams, errors and lists of
 * models. Everything is a pure function, and nothing is remembered between requests.
 *
 * @example
 * ```ts
 * import { translateRequest } from "@tokenflow/dialects";
 *
 * const translation = translateRequest(
 *   { model: "gpt-5-codex", max_tokens: 1000, messages: [{ role: "user", content: "Hello" }] },
 *   { from: "messages", to: "responses" },
 * );
 * console.log(translation.body); // for POST /v1/responses
 * ```
 *
 * @module
 */

// The dialects, and the choice of one.

export { type Dialect, DialectError } from "./base/dialect.ts";
export { chooseDialect, dialectOfPath } from "./translate/choose-dialect.ts";

// A request, and the way back for its answer.

export type { ServerEvent } from "./conversation/stream.ts";
export {
  type EventTranslator,
  type TranslateOptions,
  type Translation,
  translateRequest,
} from "./translate/translate-request.ts";

// For `createFetch` of `@tokenflow/core`.

export { chat, messages, responses } from "./translate/call-translators.ts";

// The bytes of a stream, without a library for server-sent events.

export { createEventTransform, formatEvent } from "./translate/event-stream.ts";

// Errors, lists of models, and an estimate of a prompt's tokens.

export type { Failure } from "./conversation/answer.ts";
export { estimateTokens, loadTokenizer, roughTokens, type Tokenizer } from "./translate/estimate-tokens.ts";
export { translateModels } from "./translate/translate-models.ts";
export { writeFailure } from "./translate/translate-request.ts";

// Thoughts that belong to another model, for requests that need no translation.

export { SEAL_MARK } from "./base/seal.ts";
export { dropForeignReasoning } from "./translate/drop-foreign-reasoning.ts";

// The table of members that the README shows.

export { type Fate, type Member } from "./members/member.ts";
export { MEMBERS } from "./members/notes.ts";
