import { TokenFlowError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { expiryBuffer } from "./expiry.ts";

export interface TokenOptions {
  /** The secret. @example "acme_token" */
  readonly accessToken: string;
  /** The scheme in the `Authorization` header. @default "Bearer" @example "DPoP" */
  readonly tokenType?: string | undefined;
  /** The granted scopes, separated by spaces. @example "read write" */
  readonly scope?: string | undefined;
  /** When the request for it was sent, in milliseconds since 1970 on the local clock. @example Date.now() */
  readonly issuedAt: number;
  /**
   * Its true end on the local clock. Leave it out for a token that ends only when the API rejects it.
   * @default never
   * @example Date.now() + 3_600_000
   */
  readonly expiresAt?: number | undefined;
  /** When it should be refreshed, if the service asks for it. @example Date.now() + 1_500_000 */
  readonly dueAt?: number | undefined;
  /** The ID token that came with it (OpenID Connect), unverified. @default none @example "eyJhbGciOi…" */
  readonly idToken?: string | undefined;
  /** Other fields of the service's answer. No secrets. @example { plan: "pro" } */
  readonly details?: JsonObject | undefined;
}

/** TokenFlow's cache format: the four fields of a session file that other programs can read. */
export interface TokenCache {
  readonly access_token: string;
  readonly token_type: string;
  /** Seconds. */
  readonly expires_in?: number | undefined;
  /** ISO 8601. */
  readonly expires_at?: string | undefined;
}

/**
 * The short-lived access token that requests carry. It is immutable, and `JSON.stringify` and log lines never show its
 * secret.
 *
 * @example
 * ```ts
 * const token = await manager.getToken();
 * await fetch("https://api.example.com/me", { headers: { authorization: token.authorization } });
 * ```
 */
export class Token {
  readonly #accessToken: string;
  readonly #idToken: string | undefined;
  readonly tokenType: string;
  readonly scope?: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt?: number | undefined;
  readonly dueAt?: number | undefined;
  /** Other fields of the service's answer. No secrets. */
  readonly details?: Readonly<Record<string, JsonValue>> | undefined;

  constructor(options: TokenOptions) {
    this.#accessToken = options.accessToken;
    this.#idToken = options.idToken;
    this.tokenType = options.tokenType ?? "Bearer";
    this.scope = options.scope;
    this.issuedAt = options.issuedAt;
    this.expiresAt = options.expiresAt;
    this.dueAt = options.dueAt;
    this.details = options.details;
    Object.freeze(this);
  }

  /** The secret. */
  get accessToken(): string {
    return this.#accessToken;
  }

  /** The ID token, if the provider keeps it. Its signature is not verified: verify it before you trust it. */
  get idToken(): string | undefined {
    return this.#idToken;
  }

  /** The value of the `Authorization` header: `Bearer …`. */
  get authorization(): string {
    const type = this.tokenType.toLowerCase() === "bearer" ? "Bearer" : this.tokenType;
    return `${type} ${this.#accessToken}`;
  }

  /**
   * Returns true from the expiry buffer on: 10 % of the lifetime before the true end, at least 30 s, at most half
   * of the lifetime. A token of 3600 s is expired after 3240 s, while {@link isAlive} is true for 360 s more.
   */
  isExpired(now: number = Date.now()): boolean {
    if (this.expiresAt === undefined) return false;
    return now >= this.expiresAt - expiryBuffer(this.expiresAt - this.issuedAt);
  }

  /** Returns true until the true end: a token of 3600 s is alive for 3600 s. */
  isAlive(now: number = Date.now()): boolean {
    return this.expiresAt === undefined || now < this.expiresAt;
  }

  /**
   * Refuses to become text, also in a template: a header must not say `[object Object]`, and a log no secret.
   * @throws TypeError, which names the properties to use
   */
  [Symbol.toPrimitive](): never {
    throw new TypeError(
      "A Token is not text. Use token.authorization for the Authorization header, or token.accessToken for the secret alone.",
    );
  }

  toString(): never {
    return this[Symbol.toPrimitive]();
  }

  /** Returns everything but the secrets. */
  toJSON(): Record<string, unknown> {
    return {
      accessToken: "[redacted]",
      tokenType: this.tokenType,
      scope: this.scope,
      issuedAt: this.issuedAt,
      expiresAt: this.expiresAt,
      dueAt: this.dueAt,
      details: this.details,
    };
  }

  /** Returns the cache format, with the secret, for a file that other programs read. */
  toCache(): TokenCache {
    return {
      access_token: this.#accessToken,
      token_type: this.tokenType,
      ...(this.expiresAt === undefined
        ? {}
        : {
            expires_in: Math.round((this.expiresAt - this.issuedAt) / 1000),
            expires_at: new Date(this.expiresAt).toISOString(),
          }),
    };
  }

  /**
   * Reads the cache format, and ignores other fields.
   * @throws `store.corrupt` if there is no access token, or if `expires_at` is not a time
   */
  static fromCache(value: unknown): Token {
    if (!isJsonObject(value))
      throw new TokenFlowError("store.corrupt", "The token cache is not a JSON object");
    const accessToken = value["access_token"];
    if (typeof accessToken !== "string" || accessToken === "") {
      throw new TokenFlowError("store.corrupt", "The token cache has no access_token");
    }
    const tokenType = value["token_type"] ?? "Bearer";
    const lifetime = Number(value["expires_in"] ?? Number.NaN) * 1000;
    const end = value["expires_at"];
    const expiresAt =
      typeof end === "string" ? Date.parse(end) : typeof end === "number" ? end * 1000 : undefined;
    if (typeof tokenType !== "string" || (end !== undefined && !Number.isFinite(expiresAt))) {
      throw new TokenFlowError(
        "store.corrupt",
        "The token_type or expires_at of the token cache cannot be read",
      );
    }
    const issuedAt =
      expiresAt !== undefined && Number.isFinite(lifetime) && lifetime > 0
        ? expiresAt - lifetime
        : Date.now();
    return new Token({ accessToken, tokenType, issuedAt, expiresAt });
  }
}
