import { asNumber, asString, type HttpAnswer, type JsonObject, okJson } from "@tokenflow/core/provider";

/** RFC 7662 §2.2: what the server says of a token. */
export interface Introspection {
  readonly active: boolean;
  readonly login?: string | undefined;
  readonly scope?: string | undefined;
  /** The moment of its end, in milliseconds since 1970 on the server's clock. */
  readonly expiresAt?: number | undefined;
}

export function readIntrospection(answer: HttpAnswer): Introspection | undefined {
  const body = okJson(answer);
  const { active } = body;
  if (typeof active !== "boolean") return undefined;
  const end = asNumber(body["exp"]);
  return {
    active,
    login: asString(body["username"]) ?? loginOf(body),
    scope: asString(body["scope"]),
    ...(end === undefined ? {} : { expiresAt: end * 1000 }),
  };
}

/** The claims that may name a person, the best first. Shown, and trusted for nothing: no signature is checked. */
const LOGIN_CLAIMS: readonly string[] = ["preferred_username", "email", "name", "sub"];

/** Returns the login in the claims of an ID token or an introspection. */
export function loginOf(claims: JsonObject): string | undefined {
  return LOGIN_CLAIMS.map((name) => asString(claims[name])).find(Boolean);
}
