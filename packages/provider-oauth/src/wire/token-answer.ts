import {
  asNumber,
  asObject,
  asSecret,
  asString,
  asTokenType,
  type HttpAnswer,
  okJson,
  type RedeemedToken,
  readJwtClaims,
} from "@tokenflow/core/provider";
import { loginOf } from "./introspection.ts";

/** Ten years in seconds. A longer lifetime means "for ever". */
const MAX_LIFETIME = 315_360_000;

/** The response of RFC 6749 §5.1. Its parts are read separately, so that a rotated refresh token survives an unreadable token. */
export interface TokenAnswer {
  readonly token?: RedeemedToken | undefined;
  readonly refreshToken?: string | undefined;
}

/** @param defaultLifetime the lifetime if neither the server nor the token has one */
export function readTokenAnswer(answer: HttpAnswer, defaultLifetime: number | undefined): TokenAnswer {
  const body = okJson(answer);
  if (body["error"] !== undefined) return {};
  const accessToken = asSecret(body["access_token"]);
  const scope = asString(body["scope"]);
  const login = loginOf(readJwtClaims(body["id_token"]));
  return {
    refreshToken: asString(body["refresh_token"]),
    token:
      accessToken === undefined
        ? undefined
        : {
            accessToken,
            tokenType: asTokenType(body["token_type"]),
            lifetime: lifetimeOf(body["expires_in"], accessToken) ?? defaultLifetime ?? "none",
            ...(scope === undefined ? {} : { scope }),
            ...(login === undefined ? {} : { details: { login } }),
          },
  };
}

/** Reads `expires_in`, which is only recommended (RFC 6749 §5.1) and sometimes text. A JWT has its own expiry. */
function lifetimeOf(expiresIn: unknown, accessToken: string): RedeemedToken["lifetime"] | undefined {
  const seconds = asNumber(expiresIn);
  if (seconds !== undefined) return seconds > MAX_LIFETIME ? "none" : seconds * 1000;
  return typeof readJwtClaims(accessToken)["exp"] === "number" ? "jwt" : undefined;
}

/** Returns `true` if the server refuses the refresh token (RFC 6749 §5.2), and not the client or the request. */
export function isRefusedGrant({ status, json }: HttpAnswer): boolean {
  return (status === 200 || (status >= 400 && status < 404)) && asObject(json)["error"] === "invalid_grant";
}
