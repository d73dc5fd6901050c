import { asObject, asString, type JsonObject, parseJson } from "@tokenflow/core/provider";

/** Who the claims of an ID token or an introspection name. Shown, and trusted for nothing: no signature is checked. */
export function loginOf(claims: JsonObject): string | undefined {
  return ["preferred_username", "email", "name", "sub"].map((name) => asString(claims[name])).find(Boolean);
}

/** The claims of a JWT, unverified; none where it is not one. */
export function claimsOf(token: unknown): JsonObject {
  const segments = typeof token === "string" ? token.split(".") : [];
  if (segments.length !== 3) return {};
  try {
    const binary = atob((segments[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return asObject(parseJson(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}
