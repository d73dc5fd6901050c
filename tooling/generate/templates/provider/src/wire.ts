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

/** The only file that knows the service's names. Readers answer `undefined` for whatever is not of the protocol. */

/** Of a poll that was approved, and of a redemption that rotated the grant. */
export function readRefreshToken(answer: HttpAnswer): string | undefined {
  return asSecret(okJson(answer)["refresh_token"]);
}

/** A lifetime is never invented: where the answer names none, the token itself has to say when it ends. */
export function readToken(answer: HttpAnswer): RedeemedToken | undefined {
  const body = okJson(answer);
  const accessToken = asSecret(body["access_token"]);
  if (accessToken === undefined) return undefined;
  const lifetime = asSeconds(body["expires_in"]) ?? "jwt";
  return { accessToken, tokenType: asTokenType(body["token_type"]), lifetime };
}

/** Whether the service says, in words of its own, that this grant is no longer good. */
export function isRefused({ status, json }: HttpAnswer): boolean {
  return (status === 400 || status === 401) && isJsonObject(json) && json["error"] === "invalid_grant";
}

/** @throws `provider.misconfigured` where a record is not a grant of this provider */
export function refreshTokenOf(grant: Grant, name: string): string {
  const refreshToken = asString(grant["refreshToken"]);
  if (refreshToken !== undefined) return refreshToken;
  throw new TokenFlowError("provider.misconfigured", `The stored session is not one of ${name}'s`, {
    hint: "Sign in again.",
    grantUnused: true,
  });
}
