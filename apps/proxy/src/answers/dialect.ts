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

/** Returns the dialect of a path: a caller of Anthropic's messages path expects Anthropic's errors. */
export function dialectOf(url: string): Dialect {
  return /^(?:\/[^/?]+)?(?:\/v1)?\/messages(?:[/?]|$)/.test(url) ? "anthropic" : "openai";
}

/** Builds an error in the shape that the dialect's SDKs turn into typed errors. */
export function errorDocument({ status, code, message }: ErrorResponse, dialect: Dialect): object {
  if (dialect === "openai") return { error: { message, type: openAiType(status), code, param: null } };
  return { type: "error", error: { type: anthropicType(status), message, code } };
}

/** Builds the same error as a server-sent event, for a stream that breaks in the middle. */
export function errorEvent(answer: ErrorResponse, dialect: Dialect): string {
  return `event: error\ndata: ${JSON.stringify(errorDocument(answer, dialect))}\n\n`;
}

function openAiType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 && status !== 424 ? "invalid_request_error" : "server_error";
}

function anthropicType(status: number): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 404) return "not_found_error";
  if (status === 413) return "request_too_large";
  if (status === 429) return "rate_limit_error";
  return status < 500 && status !== 424 ? "invalid_request_error" : "api_error";
}
