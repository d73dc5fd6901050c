import { TokenFlowError } from "../base/errors.ts";
import { type HttpAnswer, isTransientStatus } from "../http/http-answer.ts";
import { asErrorCode, asObject } from "../wire/read-json.ts";

/**
 * Returns the error for a failed redemption whose reason the provider does not know better. `grantUnused` is set only
 * if the server made clear that it did not redeem the grant: 429, 503 with `Retry-After`, or an OAuth error with 4xx
 * (RFC 6749 §5.2).
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
 * Returns the lifetime of a token whose service names only its end. It is counted from the server's `Date`, so that
 * a wrong clock on this machine has no effect, or from `now` if there is none.
 */
export function lifetimeUntil(expiresAt: number, answer: HttpAnswer, now: number): number {
  return expiresAt - (answer.date ?? now);
}
