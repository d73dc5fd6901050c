import { TokenFlowError, type TokenFlowErrorOptions } from "@tokenflow/core";
import { asMessage, type HttpAnswer, isTransientStatus } from "@tokenflow/core/provider";
import { errorWords } from "./wire.ts";

/**
 * Makes the error for an answer that is not a success. `grantUnused` is set only if the service made clear that it did
 * not process the request.
 */
export function hyperError({ status, json, retryAfter }: HttpAnswer): TokenFlowError {
  const words = errorWords(json);
  const text = `Hyper answered ${status}${words ? `: ${asMessage(words)}` : ""}`;
  const fail = (code: TokenFlowError["code"], options: TokenFlowErrorOptions = {}): TokenFlowError =>
    new TokenFlowError(code, text, { status, ...options });

  if (status === 429) {
    return fail("provider.rate_limited", { retryAfter, grantUnused: true, hint: "Wait, then try again." });
  }
  if (isTransientStatus(status)) {
    const grantUnused = status === 503 && retryAfter !== undefined ? true : undefined;
    return fail("provider.unavailable", {
      retryAfter,
      grantUnused,
      hint: "Hyper has a problem. Try again later.",
    });
  }
  if (words === undefined || status < 400) {
    return fail("provider.malformed", { hint: "Check that HYPER_URL, if set, is Hyper's address." });
  }
  switch (status) {
    case 401:
      return fail("token.rejected", { grantUnused: true, hint: "Sign in to Hyper again." });
    case 402:
      return fail("provider.no_entitlement", {
        reason: "out_of_credits",
        grantUnused: true,
        hint: "The team has no credits left. Add some at https://hyper.charm.land",
      });
    case 403:
      return fail("provider.forbidden", { grantUnused: true, hint: "Ask the team's owner for access." });
    default:
      return fail("provider.misconfigured", { grantUnused: true, hint: "Check HYPER_URL, if set." });
  }
}
