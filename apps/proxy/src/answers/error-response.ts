import { formatError } from "@tokenflow/common";
import { type ErrorCode, isTokenFlowError } from "@tokenflow/core";
import type { ErrorResponse } from "./dialect.ts";
import { RequestError } from "./request-error.ts";

/** The HTTP status of each code. A new code does not compile until it has one. */
const STATUSES = {
  "session.signed_out": 401,
  "session.revoked": 401,
  "device.denied": 401,
  "device.expired": 401,
  "device.unknown": 401,
  "token.rejected": 401,
  "provider.no_entitlement": 403,
  "provider.client_not_allowed": 403,
  "provider.forbidden": 403,
  "provider.rate_limited": 429,
  "provider.malformed": 502,
  "provider.unavailable": 503,
  "store.unavailable": 503,
  "store.locked": 503,
  "manager.closed": 503,
  // A person has to change something on this machine. SDKs repeat a request after any status from 500 on.
  "provider.misconfigured": 424,
  "store.corrupt": 424,
  "store.key_missing": 424,
  "store.newer": 424,
  "store.insecure": 424,
} as const satisfies Record<ErrorCode, number>;

/** `Retry-After` when the error names no time, in milliseconds. */
const DEFAULT_RETRY_AFTER = 5_000;

/** Maps any error to a response. The message of an unknown error is never shown, since it may contain a secret. */
export function readError(error: unknown): ErrorResponse {
  if (error instanceof RequestError) {
    const { status, code, message, headers } = error;
    const isTold = "x-should-retry" in headers;
    return { status, code, message, headers: isTold ? headers : { ...retryHeaders(status), ...headers } };
  }
  if (isTokenFlowError(error)) {
    const status = STATUSES[error.code];
    return {
      status,
      code: error.code,
      message: formatError(error),
      headers: retryHeaders(status, error.retryAfter),
    };
  }
  return {
    status: 500,
    code: "proxy.failed",
    message: "The proxy failed on this request. See its log for details.",
    headers: {},
  };
}

/** Returns true for a status that stays the same however long a caller waits. */
export function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && ![408, 409, 425, 429].includes(status);
}

/** Tells when a retry may help. Claude Code repeats even a 401 for three minutes unless it is told not to. */
function retryHeaders(status: number, retryAfter = DEFAULT_RETRY_AFTER): Record<string, string> {
  if (isFinal(status)) return { "x-should-retry": "false" };
  if (status !== 429 && status !== 503) return {};
  return { "retry-after": String(Math.max(1, Math.ceil(retryAfter / 1000))) };
}
