import { TokenFlowError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { expiryBuffer } from "./expiry.ts";

export interface TokenOptions {
  readonly accessToken: string;
  /** @default "Bearer" */
  readonly tokenType?: string | undefined;
  readonly scope?: string | undefined;
  /** When the request for it was sent, in milliseconds since 1970 on the local clock. */
  readonly issuedAt: number;
  /** Its true end on the local clock; absent where it ends only by being rejected. */
  readonly expiresAt?: number | undefined;
  /** From when on it should be renewed. */
  readonly dueAt?: number | undefined;
  readonly details?: JsonObject | undefined;
}

/** TokenFlow's cache format: what a program that knows nothing else can read from a session file. */
export interface TokenCache {
  readonly access_token: string;
  readonly token_type: string;
  /** Seconds. */
  readonly expires_in?: number | undefined;
  /** ISO 8601. */
  readonly expires_at?: string | undefined;
}

/** The short-lived access token that requests carry. Immutable; `JSON.stringify` and log lines never show its secret. */
export class Token {
  readonly #accessToken: string;
  readonly tokenType: string;
  readonly scope?: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt?: number | undefined;
  readonly dueAt?: number | undefined;
  /** What else the service's answer said. No secrets. */
  readonly details?: Readonly<Record<string, JsonValue>> | undefined;

  constructor(options: TokenOptions) {
    this.#accessToken = options.accessToken;
    this.tokenType = options.tokenType ?? "Bearer";
    this.scope = options.scope;
    this.issuedAt = options.issuedAt;
    this.expiresAt = options.expiresAt;
    this.dueAt = options.dueAt;
    this.details = options.details;
    Object.freeze(this);
  }

  /** The secret itself. */
  get accessToken(): string {
    return this.#accessToken;
  }

  /** `Bearer …`, as the `Authorization` header wants it. */
  get authorization(): string {
    const type = this.tokenType.toLowerCase() === "bearer" ? "Bearer" : this.tokenType;
    return `${type} ${this.#accessToken}`;
  }

  /** Whether it has run out by the expiry buffer: 10 % of its lifetime, at least 30 s, at most half of it. */
  isExpired(now: number = Date.now()): boolean {
    if (this.expiresAt === undefined) return false;
    return now >= this.expiresAt - expiryBuffer(this.expiresAt - this.issuedAt);
  }

  /** Whether its true end is still ahead. */
  isAlive(now: number = Date.now()): boolean {
    return this.expiresAt === undefined || now < this.expiresAt;
  }

  /** Everything but the secret. */
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

  /** The secret included, for a file that others read. */
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
   * Reads the cache format, tolerating what else stands beside it.
   * @throws `store.corrupt` where there is no access token in it, or an end that is not a moment
   */
  static fromCache(value: unknown): Token {
    if (!isJsonObject(value)) throw new TokenFlowError("store.corrupt", "A token cache is a JSON object");
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
        "The token cache has a token_type or expires_at that cannot be read",
      );
    }
    const issuedAt =
      expiresAt !== undefined && Number.isFinite(lifetime) && lifetime > 0
        ? expiresAt - lifetime
        : Date.now();
    return new Token({ accessToken, tokenType, issuedAt, expiresAt });
  }
}
