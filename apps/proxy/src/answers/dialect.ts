import type { IncomingMessage } from "node:http";

/** The API family whose error format a caller expects. */
export type Dialect = "anthropic" | "openai";

/** An error of the proxy itself, before it is written in a dialect. */
export interface ErrorResponse {
  readonly status: number;
  /** A dotted code: core's, or `request.*` and `proxy.*` of this package. */
  readonly code: string;
  /** Says what is wrong, then what to do. */
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Returns the dialect of a request: a caller of Anthropic's messages path expects Anthropic's errors, and so does one
 * that asks for models with Anthropic's header.
 */
export function dialectOf({ url = "", headers }: Pick<IncomingMessage, "url" | "headers">): Dialect {
  if (/^(?:\/[^/?]+)?(?:\/v1)?\/messages(?:[/?]|$)/.test(url)) return "anthropic";
  const isForModels = /^(?:\/[^/?]+)?(?:\/v1)?\/models(?:[/?]|$)/.test(url);
  return isForModels && headers["anthropic-version"] !== undefined ? "anthropic" : "openai";
}

/**
 * Builds an error in the shape that the dialect's SDKs turn into typed errors.
 * @param requestId the id by which the request can be found in a log; only Anthropic's shape has it
 */
export function errorDocument(
  { status, code, message }: ErrorResponse,
  dialect: Dialect,
  requestId?: string,
): object {
  if (dialect === "openai") return { error: { message, type: openAiType(status), code, param: null } };
  const error = { type: anthropicType(status), message, code };
  return { type: "error", error, ...(requestId === undefined ? {} : { request_id: requestId }) };
}

/** Builds the same error as a server-sent event, for a stream that breaks in the middle. */
export function errorEvent(
  answer: ErrorResponse,
  request: Pick<IncomingMessage, "url" | "headers">,
  requestId?: string,
): string {
  const document = errorDocument(answer, dialectOf(request), requestId);
  const event = isResponses(request) ? responsesError(answer, document) : document;
  return `event: error\ndata: ${JSON.stringify(event)}\n\n`;
}

function isResponses({ url = "" }: Pick<IncomingMessage, "url">): boolean {
  return /^(?:\/[^/?]+)?(?:\/v1)?\/responses(?:[/?]|$)/.test(url);
}

/** OpenAI's documents have the members in the event, and its service in a member of their own. */
function responsesError({ code, message }: ErrorResponse, document: object): object {
  return { type: "error", sequence_number: 0, code, message, param: null, ...document };
}

export function openAiType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 && status !== 424 ? "invalid_request_error" : "server_error";
}

function anthropicType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 402) return "billing_error";
  if (status === 403) return "permission_error";
  if (status === 404) return "not_found_error";
  if (status === 413) return "request_too_large";
  if (status === 429) return "rate_limit_error";
  if (status === 504) return "timeout_error";
  if (status === 529) return "overloaded_error";
  return status < 500 && status !== 424 ? "invalid_request_error" : "api_error";
}
