import {
  asLabel,
  asNumber,
  asSecret,
  asString,
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
            tokenType: "Bearer",
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

/** A token that ends sooner than a second after its request is of no use. */
const MIN_LIFETIME = 1_000;

/** Names what is wrong with a success that holds no usable token, for an error. */
export function findTokenFault(answer: HttpAnswer): string | undefined {
  const body = okJson(answer);
  const { access_token: token, expires_in: expiresIn } = body;
  if (token === undefined || body["error"] !== undefined) return undefined;
  if (token === "") return "access_token is empty";
  const accessToken = asSecret(token);
  if (accessToken === undefined) {
    return typeof token === "string"
      ? "access_token has characters that no header can hold"
      : "access_token is not text";
  }
  const lifetime = lifetimeOf(expiresIn, accessToken);
  if (typeof lifetime === "number" && lifetime < MIN_LIFETIME) return `expires_in is ${lifetime / 1000}`;
  const { exp } = readJwtClaims(accessToken);
  // By the server's own clock, since this machine's may be wrong.
  const isOver = lifetime === "jwt" && answer.date !== undefined && Number(exp) * 1000 <= answer.date;
  return isOver ? "the access token has already expired" : undefined;
}

/** Types of tokens that are sent as bearer tokens. `N_A` is what an exchange may say of one (RFC 8693 §2.2.1). */
const BEARER = /^(?:bearer|bearertoken|n_a)$/i;

/**
 * Returns the type of a token that requests cannot carry as it is: with `DPoP` or `mac`, each request needs a proof of a
 * key. Some services name no type at all.
 */
export function findOtherType(answer: HttpAnswer): string | undefined {
  const { token_type: type, access_token: token } = okJson(answer);
  if (token === undefined || type === undefined || type === null || type === "") return undefined;
  if (typeof type !== "string") return "?";
  return BEARER.test(type.trim()) ? undefined : (asLabel(type) ?? "?");
}
