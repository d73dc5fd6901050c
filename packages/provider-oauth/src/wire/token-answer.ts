import type { HttpAnswer, RedeemedToken } from "@tokenflow/core";
import { claimsOf, loginOf } from "./claims.ts";
import { isSuccess, LONGEST, objectOf, secondsOf, secretOf, textOf } from "./json.ts";

/** RFC 6749 §5.1. The two parts are read apart, so that a rotated refresh token survives an unreadable token. */
export interface TokenAnswer {
  readonly token?: RedeemedToken | undefined;
  readonly refreshToken?: string | undefined;
}

/** @param defaultLifetime what holds where the server names no lifetime, and the token none either */
export function readTokenAnswer(
  { status, json }: HttpAnswer,
  defaultLifetime: number | undefined,
): TokenAnswer {
  const body = objectOf(json);
  if (!isSuccess(status) || body["error"] !== undefined) return {};
  const accessToken = secretOf(body["access_token"]);
  const scope = textOf(body["scope"]);
  const login = loginOf(claimsOf(body["id_token"]));
  return {
    refreshToken: textOf(body["refresh_token"]),
    token:
      accessToken === undefined
        ? undefined
        : {
            accessToken,
            tokenType: schemeOf(body["token_type"]),
            lifetime: lifetimeOf(body["expires_in"], accessToken) ?? defaultLifetime ?? "none",
            ...(scope === undefined ? {} : { scope }),
            ...(login === undefined ? {} : { details: { login } }),
          },
  };
}

/** `expires_in` is only recommended (RFC 6749 §5.1), and some servers send text; a JWT says itself when it ends. */
function lifetimeOf(expiresIn: unknown, accessToken: string): RedeemedToken["lifetime"] | undefined {
  const seconds = secondsOf(expiresIn);
  if (seconds !== undefined) return seconds > LONGEST ? "none" : seconds * 1000;
  return typeof claimsOf(accessToken)["exp"] === "number" ? "jwt" : undefined;
}

/** The word before the token in `Authorization`; compared without case (RFC 6749 §5.1), so written as everybody does. */
function schemeOf(value: unknown): string {
  const isWord = typeof value === "string" && /^[A-Za-z][\w-]*$/.test(value);
  return isWord && value.toLowerCase() !== "bearer" ? value : "Bearer";
}

/** Whether the server says that a refresh token is no longer good (RFC 6749 §5.2), not who asks or how. */
export function isRefusedGrant({ status, json }: HttpAnswer): boolean {
  return (status === 200 || (status >= 400 && status < 404)) && objectOf(json)["error"] === "invalid_grant";
}
