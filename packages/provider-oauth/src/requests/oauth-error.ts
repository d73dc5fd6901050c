import { TokenFlowError } from "@tokenflow/core";
import {
  findDeviceCodeFault,
  type HttpAnswer,
  isJsonObject,
  isRefusedGrant,
  readServiceError,
  redeemError,
} from "@tokenflow/core/provider";
import { type Cause, findCause, otherType } from "../wire/cause.ts";
import { findOtherType, findTokenFault } from "../wire/token-answer.ts";

const HINTS: Partial<Record<TokenFlowError["code"], string>> = {
  "provider.rate_limited": "Wait, then try again.",
  "provider.unavailable": "The service has a problem. Try again later.",
  "provider.misconfigured": "Check `clientId`, `clientSecret` and `scope`.",
  "provider.forbidden": "The service refuses this account. Ask its administrators.",
  "provider.malformed": "Check `issuer`, and that no proxy answers in its place.",
};
/** JSON is the service's own answer, not that of a network. */
const UNKNOWN = "TokenFlow does not know this answer. If it repeats, sign in again.";
/** A 5xx says that the service has a problem. It ends no session, whatever else it says. */
const UNSURE =
  "The service has a problem, or it no longer accepts this sign-in. If it repeats, sign in again.";
const EMPTY = "If this repeats, the consent may have ended: sign in again.";

/**
 * Makes the error for an answer that is not a success, with a hint.
 * @param hadProof the sign-in had PKCE
 */
export function oauthError(answer: HttpAnswer, service: string, hadProof = false): TokenFlowError {
  const faulty = wrongMember(answer, service, findDeviceCodeFault(answer));
  if (faulty) return faulty;
  const { code, message, status, retryAfter, grantUnused, reason } = redeemError(answer, service);
  const cause = findCause(answer, hadProof);
  if (cause) return causeError(answer, cause);
  const isEmpty = answer.status === 400 && answer.text.trim() === "";
  const isUnknown = code === "provider.malformed" && isJsonObject(answer.json);
  const { meaning = "" } = readServiceError(answer);
  const isRefusal =
    code === "provider.unavailable" && ["refused", "expired", "interaction"].includes(meaning);
  const hint = isEmpty ? EMPTY : isUnknown ? UNKNOWN : isRefusal ? UNSURE : HINTS[code];
  return new TokenFlowError(code, message, { status, retryAfter, grantUnused, reason, hint });
}

/**
 * Returns the error for a success with a token that cannot be used. This is the one border that every token passes,
 * from a sign-in or a refresh.
 */
export function tokenError(answer: HttpAnswer, service: string): TokenFlowError | undefined {
  const type = findOtherType(answer);
  return type === undefined
    ? wrongMember(answer, service, findTokenFault(answer))
    : causeError(answer, otherType(type));
}

/** Returns `true` if the server refuses the client's secret, or the place where it was sent. */
export function refusesClient(answer: HttpAnswer): boolean {
  const { code, description = "" } = readServiceError(answer);
  if ((answer.status !== 400 && answer.status !== 401) || findCause(answer)) return false;
  return code === "invalid_client" || /multiple client credentials|client authentication/i.test(description);
}

/** Returns the error for an answer that is right but for one member, which it names. */
function wrongMember(
  answer: HttpAnswer,
  service: string,
  fault: string | undefined,
): TokenFlowError | undefined {
  if (fault === undefined) return undefined;
  return new TokenFlowError("provider.malformed", `${service} answered wrongly: ${fault}`, {
    status: answer.status,
    hint: "The fault is in the service's answer. Ask its administrators.",
  });
}

export interface PollErrorReading {
  /** The server can bind tokens to a key, and then may refuse every code without saying why. */
  readonly bindsTokens: boolean;
  /** The sign-in had PKCE. */
  readonly hadProof: boolean;
}

/** Returns the error of a poll that ends the sign-in for a cause that the service names. */
export function pollError(
  answer: HttpAnswer,
  { bindsTokens, hadProof }: PollErrorReading,
): TokenFlowError | undefined {
  const cause = findCause(answer, hadProof);
  const { code: reason, description } = readServiceError(answer);
  if (!cause && bindsTokens && reason === "invalid_grant") {
    const said = description === undefined ? "" : `: ${description}`;
    return new TokenFlowError("device.unknown", `The service does not accept this code${said}`, {
      status: answer.status,
      reason,
      hint: "Start the sign-in again. If it repeats, the tokens of this client may be bound to a key (DPoP), which TokenFlow does not support.",
    });
  }
  return cause && causeError(answer, cause);
}

/** Makes the error of a sign-in that the service refused in the browser (RFC 6749 §4.1.2.1). */
export function authorizationError(answer: HttpAnswer, service: string): TokenFlowError {
  const cause = findCause(answer, true);
  if (cause) return causeError(answer, cause);
  const { code: reason, meaning, description } = readServiceError(answer);
  const said = `${reason === undefined ? "" : ` (${reason})`}${description === undefined ? "" : `: ${description}`}`;
  if (meaning === "denied") {
    return new TokenFlowError("device.denied", `The sign-in was denied${said}`, {
      reason,
      hint: "Start the sign-in again.",
    });
  }
  const code =
    meaning === "busy" || reason === "server_error" ? "provider.unavailable" : "provider.misconfigured";
  return new TokenFlowError(code, `${service} refuses the sign-in${said}`, {
    reason,
    hint: HINTS[code],
    grantUnused: true,
  });
}

/**
 * Makes the error for the code of a sign-in that brought no token.
 * @param hadProof the sign-in had PKCE
 */
export function codeError(answer: HttpAnswer, service: string, hadProof: boolean): TokenFlowError {
  const { code: reason, meaning, description } = readServiceError(answer);
  const isRefused = meaning === "refused" || meaning === "expired";
  if (!isRefused || answer.status >= 500 || findCause(answer, hadProof)) {
    return oauthError(answer, service, hadProof);
  }
  const said = description === undefined ? "" : `: ${description}`;
  return new TokenFlowError("device.unknown", `${service} does not accept the code of this sign-in${said}`, {
    status: answer.status,
    reason,
    hint: "Start the sign-in again.",
  });
}

/** Makes the error for a redemption without a token: the end of the session, if the service refuses the grant. */
export function redemptionError(answer: HttpAnswer, service: string, emptyRefusal: boolean): TokenFlowError {
  const isEmpty = answer.status === 400 && answer.text.trim() === "";
  if (!isRefusedGrant(answer) && !(emptyRefusal && isEmpty)) return oauthError(answer, service);
  const cause = findCause(answer);
  if (cause?.isPermanent) return causeError(answer, cause);
  const { code = "invalid_grant", description } = readServiceError(answer);
  const why = [cause?.message, description].filter((part) => part !== undefined).join(". ");
  return new TokenFlowError(
    "session.revoked",
    `${service} no longer accepts this sign-in${why === "" ? "" : `: ${why}`}`,
    { status: answer.status, reason: code, hint: "Sign in again." },
  );
}

function causeError(answer: HttpAnswer, { code, message, hint }: Cause): TokenFlowError {
  const { code: reason, description } = readServiceError(answer);
  const said = [reason, description].filter((part) => part !== undefined).join(": ");
  return new TokenFlowError(code, said === "" ? message : `${message} (${said})`, {
    status: answer.status,
    reason,
    hint,
    grantUnused: true,
  });
}
