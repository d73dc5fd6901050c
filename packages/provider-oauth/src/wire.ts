import {
  type DeviceCode,
  type HttpAnswer,
  isJsonObject,
  isLoopback,
  type JsonObject,
  parseJson,
  type RedeemedToken,
} from "@tokenflow/core";

/** The only file that knows OAuth's wire names. Readers answer `undefined` for whatever is not of the protocol. */

/** RFC 8628 §3.2 requires `expires_in`; a server that leaves it out ends the code itself. */
const DEVICE_CODE_LIFETIME = 900_000;
/** Ten years in seconds: who says more means "for ever". */
const LONGEST = 315_360_000;

type Form = Readonly<Record<string, string>>;

export const wire = {
  deviceForm: (scope: string | undefined): Form => (scope === undefined ? {} : { scope }),
  pollForm: (deviceCode: string): Form => ({
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: deviceCode,
  }),
  refreshForm: (refreshToken: string): Form => ({ grant_type: "refresh_token", refresh_token: refreshToken }),
  tokenForm: (token: string, hint: "access_token" | "refresh_token"): Form => ({
    token,
    token_type_hint: hint,
  }),
  targetForm: (audience: string | undefined, resource: string | undefined): Form => ({
    ...(audience === undefined ? {} : { audience }),
    ...(resource === undefined ? {} : { resource }),
  }),
};

/** RFC 8628 §3.2. `verification_url` is how Google spells it. */
export function readDeviceCode({ status, json }: HttpAnswer): DeviceCode | undefined {
  const body = objectOf(json);
  const deviceCode = textOf(body["device_code"]);
  const userCode = textOf(body["user_code"]);
  const verificationUri = linkOf(body["verification_uri"]) ?? linkOf(body["verification_url"]);
  if (!isSuccess(status) || !deviceCode || !userCode || !verificationUri) return undefined;
  const complete = linkOf(body["verification_uri_complete"]) ?? linkOf(body["verification_url_complete"]);
  const lifetime = secondsOf(body["expires_in"]) ?? 0;
  const interval = secondsOf(body["interval"]) ?? 0;
  return {
    deviceCode,
    userCode,
    verificationUri,
    ...(complete ? { verificationUriComplete: complete } : {}),
    lifetime: lifetime > 0 ? Math.min(lifetime, LONGEST) * 1000 : DEVICE_CODE_LIFETIME,
    ...(interval > 0 ? { interval: Math.min(interval, LONGEST) * 1000 } : {}),
  };
}

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

/** Whether the server says that a refresh token is no longer good (RFC 6749 §5.2), not who asks or how. */
export function isRefusedGrant({ status, json }: HttpAnswer): boolean {
  return (status === 200 || (status >= 400 && status < 404)) && objectOf(json)["error"] === "invalid_grant";
}

/** RFC 7662 §2.2: what the server says of a token. */
export interface Introspection {
  readonly active: boolean;
  readonly login?: string | undefined;
  readonly scope?: string | undefined;
  /** The moment of its end, in milliseconds since 1970 on the server's clock. */
  readonly expiresAt?: number | undefined;
}

export function readIntrospection({ status, json }: HttpAnswer): Introspection | undefined {
  const body = objectOf(json);
  const { active } = body;
  if (!isSuccess(status) || typeof active !== "boolean") return undefined;
  const end = secondsOf(body["exp"]);
  return {
    active,
    login: textOf(body["username"]) ?? loginOf(body),
    scope: textOf(body["scope"]),
    ...(end === undefined ? {} : { expiresAt: end * 1000 }),
  };
}

/** RFC 8414 §2, as text that nobody has checked yet. */
export interface Metadata {
  readonly issuer?: string | undefined;
  readonly token?: string | undefined;
  readonly deviceAuthorization?: string | undefined;
  readonly revocation?: string | undefined;
  readonly introspection?: string | undefined;
  readonly authenticationMethods?: readonly string[] | undefined;
}

export function readMetadata({ status, json }: HttpAnswer): Metadata | undefined {
  if (status !== 200 || !isJsonObject(json)) return undefined;
  const methods = json["token_endpoint_auth_methods_supported"];
  return {
    issuer: textOf(json["issuer"]),
    token: textOf(json["token_endpoint"]),
    deviceAuthorization: textOf(json["device_authorization_endpoint"]),
    revocation: textOf(json["revocation_endpoint"]),
    introspection: textOf(json["introspection_endpoint"]),
    authenticationMethods: Array.isArray(methods)
      ? methods.filter((method) => typeof method === "string")
      : undefined,
  };
}

/** Who the claims of an ID token or an introspection name. Shown, and trusted for nothing: no signature is checked. */
function loginOf(claims: JsonObject): string | undefined {
  return ["preferred_username", "email", "name", "sub"].map((name) => textOf(claims[name])).find(Boolean);
}

/** The claims of a JWT, unverified; none where it is not one. */
function claimsOf(token: unknown): JsonObject {
  const segments = typeof token === "string" ? token.split(".") : [];
  if (segments.length !== 3) return {};
  try {
    const binary = atob((segments[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return objectOf(parseJson(new TextDecoder().decode(bytes)));
  } catch {
    return {};
  }
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What can stand in a header (RFC 6750 §2.1 allows less still). */
function secretOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

/** The word before the token in `Authorization`; compared without case (RFC 6749 §5.1), so written as everybody does. */
function schemeOf(value: unknown): string {
  const isWord = typeof value === "string" && /^[A-Za-z][\w-]*$/.test(value);
  return isWord && value.toLowerCase() !== "bearer" ? value : "Bearer";
}

/** Seconds, also as text. */
function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === "string" && /^\s*\d+(\.\d+)?\s*$/.test(value) ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds) ? seconds : undefined;
}

/** An address that a browser may be pointed at. */
function linkOf(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  const safe = url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  return safe && !url.username && !url.password ? url.href : undefined;
}
