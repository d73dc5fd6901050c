import { TokenFlowError } from "../base/errors.ts";
import { isJsonObject, type JsonObject } from "../base/json.ts";
import type { PollResult } from "../contracts/provider.ts";
import { type HttpAnswer, isTransient } from "../http/http-answer.ts";
import { asErrorCode } from "../wire/read-json.ts";

const START_AGAIN = "Start the sign-in again.";
const SETTINGS = "Check the client id and the server's settings for the device flow.";

/**
 * Reads a device-flow error from a poll's answer. The code in the body counts before the status, since some services
 * answer 200 although RFC 8628 §3.5 requires 400. Returns `undefined` for a 200 with an object that names no error:
 * then the provider reads the success.
 * @throws `provider.unavailable`, `provider.rate_limited` if a later poll may succeed (408, 425, 429, 5xx, 3xx, a 200
 * that is not JSON); any other code ends the flow
 */
export function readPollError(answer: HttpAnswer): PollResult | undefined {
  const body = isJsonObject(answer.json) ? answer.json : undefined;
  const error = body?.["error"];
  if (body && typeof error === "string") {
    const known = readErrorCode(error, body, answer.status);
    if (known) return known;
  }
  if (answer.status === 200 && body && error === undefined) return undefined;
  if (answer.status === 429) {
    const { status, retryAfter } = answer;
    throw new TokenFlowError("provider.rate_limited", "The service asks to poll less often", {
      status,
      retryAfter,
    });
  }
  throw isTransient(answer)
    ? new TokenFlowError("provider.unavailable", `The service answered ${answer.status}`, {
        status: answer.status,
        retryAfter: answer.retryAfter,
      })
    : new TokenFlowError("provider.malformed", `The service answered ${answer.status} to the poll`, {
        status: answer.status,
        hint: START_AGAIN,
        reason: asErrorCode(error),
      });
}

function readErrorCode(error: string, body: JsonObject, status: number): PollResult | undefined {
  switch (error) {
    case "authorization_pending":
      return { status: "pending" };
    case "slow_down": {
      const interval = Number(body["interval"]) * 1000;
      return interval > 0 ? { status: "slow_down", interval } : { status: "slow_down" };
    }
    case "access_denied":
    case "authorization_declined":
      throw new TokenFlowError("device.denied", "The sign-in was denied", {
        status,
        reason: error,
        hint: START_AGAIN,
      });
    case "expired_token":
    case "token_expired":
      throw new TokenFlowError("device.expired", "The code has expired", {
        status,
        reason: error,
        hint: START_AGAIN,
      });
    case "incorrect_device_code":
    case "bad_verification_code":
    case "invalid_grant":
      throw new TokenFlowError("device.unknown", "The service no longer knows this code", {
        status,
        reason: error,
        hint: START_AGAIN,
      });
    case "incorrect_client_credentials":
    case "device_flow_disabled":
    case "unsupported_grant_type":
    case "unauthorized_client":
    case "invalid_client":
    case "invalid_request":
    case "invalid_scope":
      throw new TokenFlowError("provider.misconfigured", `The service refuses the sign-in (${error})`, {
        status,
        reason: error,
        hint: SETTINGS,
      });
    default:
      return undefined;
  }
}
