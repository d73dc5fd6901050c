import type { ProviderApi } from "@tokenflow/common/providers";
import type { Token } from "@tokenflow/core";
import { serverOrigin } from "./server.ts";

/** A token as another program gets it. */
export interface Credential {
  readonly provider: string;
  readonly account: string;
  /** The secret: the access token, or the ID token if that was asked for. */
  readonly secret: string;
  /** The scheme of the `Authorization` header. */
  readonly scheme: string;
  /** When the secret ends, in milliseconds since 1970. Absent if only the API tells. */
  readonly expiresAt?: number | undefined;
  /** The headers that the API needs besides `Authorization`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The address of the API. */
  readonly baseUrl?: string | undefined;
  /** The user name that the service documents for a token in the place of a password. */
  readonly username: string;
  /** The origins that a helper of this session answers for. */
  readonly origins: readonly string[];
}

type Surroundings = Pick<Credential, "provider" | "account" | "headers" | "baseUrl" | "username" | "origins">;

export function credentialOf(token: Token, surroundings: Surroundings): Credential {
  const { accessToken, tokenType, expiresAt } = token;
  const scheme = tokenType.toLowerCase() === "bearer" ? "Bearer" : tokenType;
  return { ...surroundings, secret: accessToken, scheme, expiresAt };
}

/** A part of an API that a format needs: its headers, its address, or the origins that take the token. */
export type ApiPart = "headers" | "address" | "origins";

/**
 * Returns the address of the API that a token belongs to, its origins, and the headers that it needs.
 * @param known the origins that are known without a token
 * @param parts those that are wanted: a program that is started for each request has no time for the others
 * @throws `provider.malformed` or `provider.misconfigured` if the token must not be sent to the address that it names
 */
export function apiOf(
  token: Token,
  api: ProviderApi | undefined,
  known: readonly string[],
  parts: readonly ApiPart[] = ["headers", "address", "origins"],
): Pick<Credential, "baseUrl" | "headers" | "origins"> {
  if (!api) return { headers: {}, origins: known };
  const baseUrl = api.address(token);
  const origin = parts.includes("origins") ? serverOrigin(baseUrl) : undefined;
  return {
    baseUrl,
    headers: parts.includes("headers")
      ? { ...api.headers({ path: "/chat/completions", headers: {} }, token) }
      : {},
    origins: [...new Set([...known, ...(origin === undefined ? [] : [origin])])],
  };
}

/** Returns every header that the API needs. */
export function headersOf({ scheme, secret, headers }: Credential): Readonly<Record<string, string>> {
  return { Authorization: `${scheme} ${secret}`, ...headers };
}

/** Returns true for a secret that can stand in a header, a line or a command without being cut or read as syntax. */
export function isPlainSecret(secret: string): boolean {
  return /^[\x21-\x7e]+$/.test(secret);
}

/** Writes a moment as RFC 3339 with whole seconds, rounded down: nobody uses a secret after its end. */
export function formatEnd(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19)}Z`;
}
