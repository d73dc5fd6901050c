import { type Grant, TokenFlowError } from "@tokenflow/core";
import {
  asSeconds,
  asSecret,
  asString,
  asTokenType,
  type HttpAnswer,
  isJsonObject,
  okJson,
  type RedeemedToken,
} from "@tokenflow/core/provider";

/** The only file that knows the service's field names. Readers return `undefined` for anything unexpected. */

/** Reads the grant of an approved poll, or of a redemption that rotated it. */
export function readRefreshToken(answer: HttpAnswer): string | undefined {
  return asSecret(okJson(answer)["refresh_token"]);
}

/** Reads a token. If the response has no lifetime, the token must be a JWT with `exp`; a lifetime is never guessed. */
export function readToken(answer: HttpAnswer): RedeemedToken | undefined {
  const body = okJson(answer);
  const accessToken = asSecret(body["access_token"]);
  if (accessToken === undefined) return undefined;
  const lifetime = asSeconds(body["expires_in"]) ?? "jwt";
  return { accessToken, tokenType: asTokenType(body["token_type"]), lifetime };
}

/** Returns true only if the service's own error code rejects this grant. */
export function isRefused({ status, json }: HttpAnswer): boolean {
  return (status === 400 || status === 401) && isJsonObject(json) && json["error"] === "invalid_grant";
}

/** @throws `provider.misconfigured` if a record is not a grant of this provider */
export function refreshTokenOf(grant: Grant, name: string): string {
  const refreshToken = asString(grant["refreshToken"]);
  if (refreshToken !== undefined) return refreshToken;
  throw new TokenFlowError("provider.misconfigured", `The stored session does not belong to ${name}`, {
    hint: "Sign in again.",
    grantUnused: true,
  });
}
