import { type ErrorCode, TokenFlowError } from "@tokenflow/core";
import { asMessage, isTransientStatus, parseRetryAfter, type UpstreamAnswer } from "@tokenflow/core/provider";
import { copilotSecretPatterns } from "../service/secrets.ts";
import { readApiFailure } from "../wire/api-failure.ts";
import { isRefusedToken } from "./refusal.ts";

const CODES: ReadonlyMap<number, readonly [ErrorCode, hint: string]> = new Map([
  [402, ["provider.no_entitlement", "The quota is used up. See: https://github.com/settings/copilot"]],
  [403, ["provider.forbidden", "See: https://github.com/settings/copilot"]],
  [422, ["provider.forbidden", "The service's content filter stopped this request."]],
  [429, ["provider.rate_limited", "Wait, then try again."]],
  [
    466,
    ["provider.client_not_allowed", "The service no longer supports this client; look for a newer version."],
  ],
]);

/**
 * The Copilot API's refusal as an error, from any of its three shapes.
 * @param now against which a `Retry-After` that is a date is read, in milliseconds since 1970
 */
export function copilotApiError(answer: UpstreamAnswer, now: number = Date.now()): TokenFlowError {
  const { status, headers, body } = answer;
  const { code: reason, sentence } = readApiFailure(body);
  const isText = !/^\s*</.test(body) && sentence !== undefined;
  const said = `Copilot answered ${status}${isText ? `: ${asMessage(sentence, copilotSecretPatterns)}` : ""}`;
  const retryAfter = parseRetryAfter(headers.get("retry-after"), now);
  if (isRefusedToken(answer)) {
    return new TokenFlowError("token.rejected", said, { status, reason, hint: "Sign in to Copilot again." });
  }
  const [code, hint] = CODES.get(status) ?? fallback(status);
  return new TokenFlowError(code, said, { status, reason, retryAfter, hint });
}

function fallback(status: number): readonly [ErrorCode, hint: string] {
  if (isTransientStatus(status)) {
    return ["provider.unavailable", "Try again later. See: https://www.githubstatus.com"];
  }
  return status < 400
    ? ["provider.malformed", "Check whether a proxy or a sign-in page of the network stands between."]
    : ["provider.misconfigured", "Check the model and the request."];
}
