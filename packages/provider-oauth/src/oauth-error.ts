import { TokenFlowError } from "@tokenflow/core";
import { type HttpAnswer, redeemError } from "@tokenflow/core/provider";

const HINTS: Partial<Record<TokenFlowError["code"], string>> = {
  "provider.rate_limited": "Wait, then try again.",
  "provider.unavailable": "The service is in trouble; try again later.",
  "provider.misconfigured": "Check the client id, the client secret and the scope.",
  "provider.malformed": "Check the issuer's address, and whether a proxy stands between.",
};

/** The error for an answer that is not a success, read as core reads it, and what to do about it. */
export function oauthError(answer: HttpAnswer, service: string): TokenFlowError {
  const { code, message, status, retryAfter, grantUnused, reason } = redeemError(answer, service);
  const silent = answer.status === 400 && answer.text.trim() === "";
  const hint = silent ? "If this goes on, the consent may be over: sign in again." : HINTS[code];
  return new TokenFlowError(code, message, { status, retryAfter, grantUnused, reason, hint });
}
