import { type ErrorCode, TokenFlowError } from "../base/errors.ts";
import { isJsonObject } from "../base/json.ts";
import type { PollResult } from "../contracts/provider.ts";
import { asksToWait, type HttpAnswer, isTransient } from "../http/http-answer.ts";
import { type ErrorMeaning, readServiceError } from "../wire/oauth-error.ts";
import { asNumber } from "../wire/read-json.ts";

const START_AGAIN = "Start the sign-in again.";
const SETTINGS = "Check the client id and the server's settings for the device flow.";

/** The errors that end a sign-in. */
const ENDINGS: Partial<Record<ErrorMeaning, readonly [code: ErrorCode, message: string, hint: string]>> = {
  denied: ["device.denied", "The sign-in was denied", START_AGAIN],
  expired: ["device.expired", "The code has expired", START_AGAIN],
  unknown_code: ["device.unknown", "The service no longer knows this code", START_AGAIN],
  refused: ["device.unknown", "The service no longer knows this code", START_AGAIN],
  interaction: [
    "provider.forbidden",
    "The service requires more than this sign-in",
    "Ask the administrators of the account what the sign-in must meet.",
  ],
  settings: ["provider.misconfigured", "The service refuses the sign-in", SETTINGS],
};

/**
 * Reads a device-flow error from a poll's answer. The code in the body counts before the status, since some services
 * answer 200 although RFC 8628 §3.5 requires 400. Returns `undefined` for a 2xx with an object that names no error:
 * then the provider reads the success.
 * @throws `provider.unavailable`, `provider.rate_limited` if a later poll may succeed (408, 425, 429, a 403 with
 * `Retry-After`, 5xx, 3xx, a 200 that is not JSON, or a code that says so); any other code ends the flow
 */
export function readPollError(answer: HttpAnswer): PollResult | undefined {
  const { status, retryAfter, json } = answer;
  const body = isJsonObject(json) ? json : undefined;
  const { code: reason, meaning, description } = readServiceError(answer);
  const isSuccess = status >= 200 && status < 300;
  // Some services answer every member that they know, an empty `error` too.
  if (isSuccess && body && !body["error"] && meaning === undefined) return undefined;
  if (meaning === "pending") return { status: "pending" };
  if (meaning === "slow_down" && reason === "slow_down") {
    const interval = (asNumber(body?.["interval"]) ?? 0) * 1000;
    return interval > 0 ? { status: "slow_down", interval } : { status: "slow_down" };
  }
  const said = description === undefined ? "" : `: ${description}`;
  const ending = meaning && ENDINGS[meaning];
  if (ending) {
    const [code, message, hint] = ending;
    const named = code === "provider.misconfigured" ? ` (${reason})` : "";
    throw new TokenFlowError(code, `${message}${named}${said}`, { status, reason, hint });
  }
  if (meaning === "slow_down" || asksToWait(answer)) {
    throw new TokenFlowError("provider.rate_limited", "The service asks to poll less often", {
      status,
      retryAfter,
      reason,
    });
  }
  if (meaning === "busy" || isTransient(answer)) {
    throw new TokenFlowError("provider.unavailable", `The service answered ${status}${typeOf(answer)}`, {
      status,
      retryAfter,
      reason,
      // Only a word of the service itself says that the approval was not answered and lost.
      grantUnused: meaning === "busy" && status < 500 ? true : undefined,
    });
  }
  const named = reason === undefined ? "" : ` (${reason})`;
  throw new TokenFlowError(
    "provider.malformed",
    `The service answered ${status} to the poll${named}${said}`,
    {
      status,
      hint: START_AGAIN,
      reason,
    },
  );
}

/** Names the content type of a success that should have been JSON. */
function typeOf({ status, headers, json }: HttpAnswer): string {
  const type = /^[a-z]+\/[\w.+-]{1,40}/i.exec(headers.get("content-type") ?? "")?.[0];
  return status < 300 && json === undefined && type !== undefined ? ` with ${type}` : "";
}
