import { isJsonObject, type JsonObject } from "../base/json.ts";
import { type HttpAnswer, isTransientStatus } from "../http/http-answer.ts";
import { asErrorCode, asMessage, asObject } from "./read-json.ts";

/** The action that an error code of a service asks for. A poll and a redemption name it differently: see their errors. */
export type ErrorMeaning =
  /** The person has not decided yet. */
  | "pending"
  /** The requests come too fast. */
  | "slow_down"
  /** The service has a problem that passes. */
  | "busy"
  /** The person, or a rule of an organization, refused. */
  | "denied"
  /** The device code or the refresh token has ended. */
  | "expired"
  /** The service does not know the device code. */
  | "unknown_code"
  /** The service does not accept the grant. */
  | "refused"
  /** The service wants to see the person again. */
  | "interaction"
  /** The client or its request is wrong. */
  | "settings";

/** The word of RFC 6750 for an access token. */
const INVALID_TOKEN = "invalid_token";

/** The one table of what an error code means, for polls and redemptions (RFC 6749 §4.1.2.1, §5.2; RFC 8628 §3.5; OpenID Connect Core §3.1.2.6). */
const MEANINGS: Readonly<Record<string, ErrorMeaning>> = {
  authorization_pending: "pending",
  slow_down: "slow_down",
  rate_limit_exceeded: "slow_down",
  rate_limited: "slow_down",
  over_request_rate_limit: "slow_down",
  too_many_requests: "slow_down",
  temporarily_unavailable: "busy",
  server_error: "busy",
  access_denied: "denied",
  authorization_declined: "denied",
  admin_policy_enforced: "denied",
  org_internal: "denied",
  expired_token: "expired",
  token_expired: "expired",
  incorrect_device_code: "unknown_code",
  bad_verification_code: "unknown_code",
  invalid_device_code: "unknown_code",
  invalid_grant: "refused",
  // Cloud Foundry's word for a dead refresh token, if it says so. A gateway has it for a token of its own.
  [INVALID_TOKEN]: "refused",
  interaction_required: "interaction",
  login_required: "interaction",
  consent_required: "interaction",
  account_selection_required: "interaction",
  incorrect_client_credentials: "settings",
  device_flow_disabled: "settings",
  unsupported_grant_type: "settings",
  unauthorized_client: "settings",
  invalid_client: "settings",
  invalid_request: "settings",
  invalid_scope: "settings",
  invalid_target: "settings",
};

/** Services that have a word of their own for a dead refresh token form it alike. */
const DEAD_REFRESH_TOKEN =
  /^(?:bad|expired|invalid|revoked|unknown)_refresh_token$|^refresh_token_(?:already_used|expired|invalid|invalidated|not_found|reused|revoked)$/;

/** The error in an answer, as it may be shown. */
export interface ServiceError {
  /** @example "invalid_grant" */
  readonly code?: string | undefined;
  /** Absent for a code that is not in the table. */
  readonly meaning?: ErrorMeaning | undefined;
  /** The service's own sentence, in one line, without what could be a secret. */
  readonly description?: string | undefined;
}

/**
 * Reads the error of an answer with any status. The code is in `error` (RFC 6749 §5.2), or where some services put
 * it: `error.code`, `error_code`, `code`, `status`, or a sentence. Outside of `error` only a code of the table counts.
 * @param words codes of the service's own, and the codes of the table that they stand for
 */
export function readServiceError(
  { json }: Pick<HttpAnswer, "json">,
  words: Readonly<Record<string, string>> = {},
): ServiceError {
  const body = asObject(json);
  const { error } = body;
  const inner: JsonObject = isJsonObject(error) ? error : {};
  const named = [error, inner["code"], body["error_code"]];
  const sentences = [body["error_description"], inner["message"], body["message"], body["msg"]];
  const description = sentences.map((sentence) => asMessage(sentence)).find(Boolean);
  for (const value of [...named, body["code"], body["status"], ...sentences]) {
    const word = asWord(value);
    if (word === undefined) continue;
    const code = Object.hasOwn(words, word) ? (words[word] ?? word) : word;
    const meaning = meaningOf(code);
    // "Access Denied" is also what a gateway says.
    const isGateways = meaning === "denied" && code === word && sentences.includes(value);
    const isOther = code === INVALID_TOKEN && !/refresh/i.test(description ?? "");
    if (meaning !== undefined && !isGateways && !isOther) return { code, meaning, description };
  }
  return { code: named.map(asErrorCode).find(Boolean), description };
}

/**
 * Returns `true` if the service itself says that a grant is no longer valid, or that the person must sign in again
 * before it is. A refusal of the client or the request is none, and neither is an answer that may pass.
 */
export function isRefusedGrant(answer: Pick<HttpAnswer, "status" | "json">): boolean {
  const { status } = answer;
  if (isTransientStatus(status) || (status >= 300 && status < 400)) return false;
  const { meaning } = readServiceError(answer);
  return meaning === "refused" || meaning === "interaction" || meaning === "expired";
}

/** Returns an error code in the form of the table: services write `BAD_REFRESH_TOKEN` and `Invalid refresh token`, too. */
function asWord(value: unknown): string | undefined {
  return typeof value === "string"
    ? asErrorCode(
        value
          .trim()
          .toLowerCase()
          .replaceAll(/[\s-]+/g, "_"),
      )
    : undefined;
}

function meaningOf(code: string): ErrorMeaning | undefined {
  if (Object.hasOwn(MEANINGS, code)) return MEANINGS[code];
  return DEAD_REFRESH_TOKEN.test(code) ? "refused" : undefined;
}
