import { compact, type JsonObject, lookUp } from "../base/json.ts";
import type { Failure } from "../conversation/answer.ts";

const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};
const KNOWN: ReadonlySet<string> = new Set([...Object.values(TYPES), "invalid_request_error", "api_error"]);
/** The types of other dialects that Messages has under another name. */
const NAMES: Readonly<Record<string, string>> = {
  insufficient_quota: "billing_error",
  rate_limit_exceeded: "rate_limit_error",
  server_error: "api_error",
  server_is_overloaded: "overloaded_error",
  tokens: "rate_limit_error",
  requests: "rate_limit_error",
};

/** Writes an error for Messages. */
export function writeMessagesFailure({ status, message, type = "", code }: Failure): JsonObject {
  const named = KNOWN.has(type) ? type : (lookUp(NAMES, type) ?? lookUp(NAMES, code));
  return { type: "error", error: compact({ type: typeOf(status) ?? named ?? "api_error", message, code }) };
}

function typeOf(status: number | undefined): string | undefined {
  if (status === undefined) return undefined;
  return TYPES[status] ?? (status < 500 ? "invalid_request_error" : "api_error");
}
