import { TokenFlowError } from "../base/errors.ts";
import { type HttpAnswer, isTransientStatus } from "../http/http-answer.ts";
import { asErrorCode, asObject } from "../wire/read-json.ts";

/**
 * The error for an answer to a redemption that is not a success, where the service gave no word of its own
 * that the provider knows. Says `unspent` only where the server made clear that the grant was not redeemed:
 * 429, 503 with `Retry-After`, or an OAuth error with 4xx (RFC 6749 §5.2).
 */
export function redeemError(answer: HttpAnswer, service: string): TokenFlowError {
  const { status, retryAfter } = answer;
  const reason = asErrorCode(asObject(answer.json)["error"]);
  const said = `${service} answered ${status}${reason ? ` (${reason})` : ""}`;
  if (status === 429)
    return new TokenFlowError("provider.rate_limited", said, {
      status,
      retryAfter,
      reason,
      grantUnused: true,
    });
  if (status >= 400 && status < 500 && reason !== undefined) {
    return new TokenFlowError("provider.misconfigured", said, { status, reason, grantUnused: true });
  }
  if (status === 503 && retryAfter !== undefined) {
    return new TokenFlowError("provider.unavailable", said, { status, retryAfter, grantUnused: true });
  }
  if (isTransientStatus(status)) {
    return new TokenFlowError("provider.unavailable", said, { status, retryAfter });
  }
  return new TokenFlowError("provider.malformed", said, { status, reason });
}

/**
 * The lifetime of a token whose service names only the moment of its end: read against the server's own
 * `Date`, so that a wrong clock on this machine changes nothing; against `now` where there is none.
 */
export function lifetimeUntil(expiresAt: number, answer: HttpAnswer, now: number): number {
  return expiresAt - (answer.date ?? now);
}
