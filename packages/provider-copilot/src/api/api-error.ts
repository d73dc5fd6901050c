import { type ErrorCode, TokenFlowError } from "@tokenflow/core";
import { asMessage, isTransientStatus, parseRetryAfter, type UpstreamAnswer } from "@tokenflow/core/provider";
import { copilotSecretPatterns } from "../service/secrets.ts";
import { readApiFailure, readStreamFailure } from "../wire/api-failure.ts";

const CODES: ReadonlyMap<number, readonly [ErrorCode, hint: string]> = new Map([
  [402, ["provider.no_entitlement", "The quota is used up. See: https://github.com/settings/copilot"]],
  [403, ["provider.forbidden", "See: https://github.com/settings/copilot"]],
  [422, ["provider.forbidden", "The service's content filter stopped this request."]],
  [429, ["provider.rate_limited", "Wait, then try again."]],
  [
    466,
    ["provider.client_not_allowed", "The service no longer supports this client. Look for a newer version."],
  ],
]);

/** For example `IDE token expired: unauthorized: token expired`. */
const EXPIRED = /token (?:is |has |was )?expired|expired token/i;

/**
 * Returns `true` if the API says that the token is no longer good: a 401, a 403 that names the expiry, or an error
 * of that kind at the beginning of a stream. Any other 403 is about the person, the model or the client.
 */
export function isRejectedToken({ status, body }: UpstreamAnswer): boolean {
  if (status === 401) return !readApiFailure(body).wantsAuthorization;
  const failure =
    status === 403 ? readApiFailure(body) : status === 200 ? readStreamFailure(body) : undefined;
  return EXPIRED.test(failure?.sentence ?? "");
}

/**
 * Makes an error of the Copilot API's refusal, in any of its three shapes.
 * @param now the time in milliseconds since 1970, for a `Retry-After` that is a date
 */
export function copilotApiError(answer: UpstreamAnswer, now: number = Date.now()): TokenFlowError {
  const { status, headers, body } = answer;
  const { code: reason, sentence } = readApiFailure(body);
  const isText = !/^\s*</.test(body) && sentence !== undefined;
  const message = `Copilot answered ${status}${isText ? `: ${asMessage(sentence, copilotSecretPatterns)}` : ""}`;
  const retryAfter = parseRetryAfter(headers.get("retry-after"), now);
  if (isRejectedToken(answer)) {
    return new TokenFlowError("token.rejected", message, {
      status,
      reason,
      hint: "Sign in to Copilot again.",
    });
  }
  const [code, hint] = CODES.get(status) ?? fallback(status);
  return new TokenFlowError(code, message, { status, reason, retryAfter, hint });
}

function fallback(status: number): readonly [ErrorCode, hint: string] {
  if (isTransientStatus(status)) {
    return ["provider.unavailable", "Try again later. See: https://www.githubstatus.com"];
  }
  return status < 400
    ? ["provider.malformed", "Check that no proxy or network sign-in page answers in place of the service."]
    : ["provider.misconfigured", "Check the model and the request."];
}
