import {
  asNumber,
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

export interface TokenReading {
  /** The lifetime if neither the server nor the token has one. */
  readonly tokenLifetime: number | undefined;
  readonly keepIdToken: boolean;
}

export function readTokenAnswer(
  answer: HttpAnswer,
  { tokenLifetime, keepIdToken }: TokenReading,
): TokenAnswer {
  const body = okJson(answer);
  if (body["error"] !== undefined) return {};
  const accessToken = asSecret(body["access_token"]);
  // Twitch's is a list.
  const scope = asString(Array.isArray(body["scope"]) ? body["scope"].join(" ") : body["scope"]);
  const idToken = asSecret(body["id_token"]);
  const login = loginOf(readJwtClaims(idToken));
  return {
    refreshToken: asString(body["refresh_token"]),
    token:
      accessToken === undefined
        ? undefined
        : {
            accessToken,
            tokenType: asTokenType(body["token_type"]),
            lifetime: lifetimeOf(body["expires_in"], accessToken) ?? tokenLifetime ?? "none",
            ...(scope === undefined ? {} : { scope }),
            ...(keepIdToken && idToken !== undefined ? { idToken } : {}),
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

/** Names what is wrong with a success that holds no usable token, for an error. */
export function findTokenFault(answer: HttpAnswer): string | undefined {
  const { access_token: token } = okJson(answer);
  if (token === undefined || asSecret(token) !== undefined) return undefined;
  return typeof token === "string"
    ? "access_token has characters that no header can hold"
    : "access_token is not text";
}

/** Returns `true` for a token that requests may only carry with a proof of a key (RFC 9449). */
export function isKeyBound(answer: HttpAnswer): boolean {
  return /^dpop$/i.test(asTokenType(okJson(answer)["token_type"]));
}
