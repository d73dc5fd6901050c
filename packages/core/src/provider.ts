/**
 * For authors of a provider: one HTTP request at a time, and readers that check what a service answered.
 * `providerContract` in `@tokenflow/core/testing` tests the result.
 *
 * @example
 * ```ts
 * import type { Provider } from "@tokenflow/core";
 * import { readDeviceCode, redeemError } from "@tokenflow/core/provider";
 *
 * export const requestDeviceCode: Provider["requestDeviceCode"] = async ({ http, signal }) => {
 *   const answer = await http({ method: "POST", url: "https://login.example/device", form: { client_id: "app" }, signal });
 *   const code = readDeviceCode(answer);
 *   if (!code) throw redeemError(answer, "Example");
 *   return code;
 * };
 * ```
 *
 * @module
 */

// The parts of the `Provider` contract.

export type { AuthorizationGrant, AuthorizationRequest, Redirect } from "./contracts/authorization.ts";
export type { Call } from "./contracts/call.ts";
export type { CallTranslator, DialectCall, TranslatedCall } from "./contracts/dialect.ts";
export type { GrantReplay, PollResult, RedeemCall, Redemption } from "./contracts/provider.ts";
export type { RedeemedToken } from "./contracts/redeemed-token.ts";
export type {
  AnswerHead,
  AnswerRepair,
  Refusal,
  RepairedEvent,
  UpstreamAnswer,
  UpstreamRequest,
} from "./contracts/upstream.ts";

// One HTTP request by the rules for credentials.

export { connectionError } from "./http/connection-error.ts";
export { createHttp, type Http, type HttpOptions, type HttpRequest, version } from "./http/create-http.ts";
export { type HttpAnswer, isTransient, isTransientStatus, parseRetryAfter } from "./http/http-answer.ts";
export { readDocument } from "./http/read-document.ts";
export { isLoopback, requireSafeUrl, withoutTrailingSlash } from "./http/safe-url.ts";
export {
  type Exchange,
  type Transport,
  type TransportAnswer,
  type TransportRequest,
  withTransport,
} from "./http/transport.ts";

// Readers of a service's answers.

export { isJsonObject, type JsonObject, type JsonValue, omitUndefined, parseJson } from "./base/json.ts";
export { readPollError } from "./protocol/read-poll-error.ts";
export { lifetimeUntil, redeemError } from "./protocol/redeem-error.ts";
export { serviceDueAge } from "./token/expiry.ts";
export { isRefusedGrant, readServiceError, type ServiceError } from "./wire/oauth-error.ts";
export { findDeviceCodeFault, readDeviceCode } from "./wire/read-device-code.ts";
export {
  asErrorCode,
  asHttpsUrl,
  asLabel,
  asMessage,
  asNumber,
  asObject,
  asPlainName,
  asSeconds,
  asSecret,
  asString,
  asTimestamp,
  asTokenType,
  okJson,
} from "./wire/read-json.ts";
export { readJwtClaims } from "./wire/read-jwt.ts";

// Repairs of requests and answers, for programs that pass them on themselves.

export { findModel } from "./repair/find-model.ts";
export {
  createLearnedRefusals,
  describePart,
  type LearnedRefusals,
  type RefusedPart,
} from "./repair/learned-refusals.ts";
export type { EditableBody, SentRequest } from "./repair/refused-parts.ts";
export {
  createEventStreamRepair,
  type EventStreamRepair,
  isStartOfEvents,
  MAX_REPAIRED_BODY,
  repairBody,
} from "./repair/repair-bytes.ts";
export {
  createRequestTries,
  type LearnedParts,
  type RequestTries,
  type RequestTriesOptions,
} from "./repair/request-tries.ts";

// Time, JSON and the platform's error codes; also in `@tokenflow/core/store`.

export { systemClock } from "./base/clock.ts";
export { systemCode } from "./base/errors.ts";
export { type Stopwatch, startStopwatch } from "./base/stopwatch.ts";
export { abortable, type TimeoutOptions, withTimeout } from "./base/with-timeout.ts";
