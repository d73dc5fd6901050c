import { TokenFlowError } from "@tokenflow/core";
import { type HttpAnswer, redeemError } from "@tokenflow/core/provider";

const HINTS: Partial<Record<TokenFlowError["code"], string>> = {
  "provider.rate_limited": "Wait, then try again.",
  "provider.unavailable": "The service has a problem. Try again later.",
  "provider.misconfigured": "Check the client id, the client secret and the scope.",
  "provider.malformed": "Check the issuer's address, and that no proxy answers in its place.",
};

/** Makes the error for an answer that is not a success, with a hint. */
export function oauthError(answer: HttpAnswer, service: string): TokenFlowError {
  const { code, message, status, retryAfter, grantUnused, reason } = redeemError(answer, service);
  const isEmpty = answer.status === 400 && answer.text.trim() === "";
  const hint = isEmpty ? "If this repeats, the consent may have ended: sign in again." : HINTS[code];
  return new TokenFlowError(code, message, { status, retryAfter, grantUnused, reason, hint });
}
