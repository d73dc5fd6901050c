import { type ErrorCode, TokenFlowError } from "../base/errors.ts";
import { asksToWait, type HttpAnswer, isTransientStatus } from "../http/http-answer.ts";
import { type ErrorMeaning, readServiceError } from "../wire/oauth-error.ts";

/**
 * Returns the error for a failed redemption whose reason the provider does not know better. The error code in the body
 * counts before the status. `grantUnused` is set only if the server made clear that it did not redeem the grant: 429,
 * 403 or 503 with `Retry-After`, or an OAuth error (RFC 6749 §5.2) that is not a 5xx.
 */
export function redeemError(answer: HttpAnswer, service: string): TokenFlowError {
  const { status, retryAfter } = answer;
  const { code: reason, meaning, description } = readServiceError(answer);
  const said = `${service} answered ${status}${reason ? ` (${reason})` : ""}${description ? `: ${description}` : ""}`;
  const isLimited = status === 429 || (asksToWait(answer) && reason === undefined);
  const code = isLimited ? "provider.rate_limited" : codeOf(status, reason, meaning);
  const isToldOff =
    reason !== undefined && (status < 300 || (status >= 400 && status < 500) || meaning === "slow_down");
  const isDeferred = isLimited || (status === 503 && (retryAfter !== undefined || meaning === "busy"));
  return new TokenFlowError(code, said, {
    status,
    retryAfter,
    reason,
    grantUnused: isDeferred || (isToldOff && status !== 408) ? true : undefined,
  });
}

function codeOf(status: number, reason: string | undefined, meaning: ErrorMeaning | undefined): ErrorCode {
  if (meaning === "slow_down") return "provider.rate_limited";
  if (meaning === "busy" || isTransientStatus(status)) return "provider.unavailable";
  if (meaning === "denied") return "provider.forbidden";
  const isError = status < 300 || status >= 400;
  return reason !== undefined && isError ? "provider.misconfigured" : "provider.malformed";
}

/**
 * Returns the lifetime of a token whose service names only its end. It is counted from the server's `Date`, so that
 * a wrong clock on this machine has no effect, or from `now` if there is none.
 */
export function lifetimeUntil(expiresAt: number, answer: HttpAnswer, now: number): number {
  return expiresAt - (answer.date ?? now);
}
