import {
  type DeviceCode,
  type Grant,
  type HttpAnswer,
  isJsonObject,
  isLoopback,
  type JsonObject,
  type RedeemedToken,
  TokenFlowError,
} from "@tokenflow/core";

/** The only file that knows the service's names. Readers answer `undefined` for whatever is not of the protocol. */

/** RFC 8628 §3.2, where the service names no lifetime. */
const DEVICE_CODE_LIFETIME = 900_000;

export function readDeviceCode(answer: HttpAnswer): DeviceCode | undefined {
  const body = successOf(answer);
  const deviceCode = secretOf(body["device_code"]);
  const userCode = textOf(body["user_code"]);
  const verificationUri = linkOf(body["verification_uri"]);
  if (!deviceCode || !userCode || !verificationUri) return undefined;
  const complete = linkOf(body["verification_uri_complete"]);
  const interval = millisecondsOf(body["interval"]);
  return {
    deviceCode,
    userCode,
    verificationUri,
    ...(complete === undefined ? {} : { verificationUriComplete: complete }),
    lifetime: millisecondsOf(body["expires_in"]) ?? DEVICE_CODE_LIFETIME,
    ...(interval === undefined ? {} : { interval }),
  };
}

/** Of a poll that was approved, and of a redemption that rotated the grant. */
export function readRefreshToken(answer: HttpAnswer): string | undefined {
  return secretOf(successOf(answer)["refresh_token"]);
}

/** A lifetime is never invented: where the answer names none, the token itself has to say when it ends. */
export function readToken(answer: HttpAnswer): RedeemedToken | undefined {
  const body = successOf(answer);
  const accessToken = secretOf(body["access_token"]);
  if (accessToken === undefined) return undefined;
  return { accessToken, tokenType: "Bearer", lifetime: millisecondsOf(body["expires_in"]) ?? "jwt" };
}

/** Whether the service says, in words of its own, that this grant is no longer good. */
export function isRefused({ status, json }: HttpAnswer): boolean {
  return (status === 400 || status === 401) && isJsonObject(json) && json["error"] === "invalid_grant";
}

/** @throws `provider.misconfigured` where a record is not a grant of this provider */
export function refreshTokenOf({ refreshToken }: Grant, name: string): string {
  if (typeof refreshToken === "string" && refreshToken !== "") return refreshToken;
  throw new TokenFlowError("provider.misconfigured", `The stored session is not one of ${name}'s`, {
    hint: "Sign in again.",
    unspent: true,
  });
}

function successOf({ status, json }: HttpAnswer): JsonObject {
  return status === 200 && isJsonObject(json) ? json : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What can stand in a header; anything else is no secret of this service. */
function secretOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

/** Some thousand years in seconds: beyond it no clock can count. */
const LONGEST = 1e11;

function millisecondsOf(seconds: unknown): number | undefined {
  return typeof seconds === "number" && seconds > 0 && seconds < LONGEST ? seconds * 1000 : undefined;
}

/** An address that a browser may be pointed at. */
function linkOf(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  const safe = url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  return safe && !url.username && !url.password ? url.href : undefined;
}
