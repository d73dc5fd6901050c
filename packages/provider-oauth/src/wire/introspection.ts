import {
  asLabel,
  asNumber,
  asString,
  type HttpAnswer,
  type JsonObject,
  okJson,
} from "@tokenflow/core/provider";

/** The server's answer about a token (RFC 7662 §2.2). */
export interface Introspection {
  readonly active: boolean;
  readonly login?: string | undefined;
  readonly scope?: string | undefined;
  /** The token's expiry, in milliseconds since 1970 on the server's clock. */
  readonly expiresAt?: number | undefined;
}

export function readIntrospection(answer: HttpAnswer): Introspection | undefined {
  const body = okJson(answer);
  const { active } = body;
  if (typeof active !== "boolean") return undefined;
  const end = asNumber(body["exp"]);
  return {
    active,
    login: asLabel(body["username"]) ?? loginOf(body),
    scope: asString(body["scope"]),
    ...(end === undefined ? {} : { expiresAt: end * 1000 }),
  };
}

/** The claims that may name a person, the best first. They are only shown: no signature is verified. */
const LOGIN_CLAIMS: readonly string[] = ["preferred_username", "email", "name", "sub"];

/** Returns the login in the claims of an ID token or an introspection. */
export function loginOf(claims: JsonObject): string | undefined {
  return LOGIN_CLAIMS.map((name) => asLabel(claims[name])).find(Boolean);
}
