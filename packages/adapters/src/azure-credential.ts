import type { TokenSource } from "./bearer-token.ts";

/** The parts of `AccessToken` of `@azure/core-auth`. */
export interface AzureAccessToken {
  readonly token: string;
  /** In milliseconds since 1970. */
  readonly expiresOnTimestamp: number;
  readonly refreshAfterTimestamp?: number;
  readonly tokenType: "Bearer";
}

/** The parts of `TokenCredential` of `@azure/core-auth`. */
export interface AzureCredential {
  getToken(
    scopes: string | readonly string[],
    options?: { readonly abortSignal?: unknown; readonly claims?: string | undefined },
  ): Promise<AzureAccessToken>;
}

/** How long the SDK may keep a token whose end is not known. */
const UNKNOWN_LIFETIME = 300_000;

/**
 * Returns a `TokenCredential` for clients of `@azure/…`. The session's own scopes count, not those that a client asks
 * for. A claims challenge, with which a server ends a token early, brings a new token.
 * @example
 * const credential = azureCredential(manager);
 */
export function azureCredential(manager: TokenSource): AzureCredential {
  return {
    async getToken(_scopes, { abortSignal, claims } = {}) {
      const token = await manager.getToken({
        signal: abortSignal instanceof AbortSignal ? abortSignal : undefined,
        forceRefresh: claims !== undefined,
      });
      const { accessToken, expiresAt, dueAt } = token;
      return {
        token: accessToken,
        expiresOnTimestamp: expiresAt ?? Date.now() + UNKNOWN_LIFETIME,
        ...(dueAt === undefined ? {} : { refreshAfterTimestamp: dueAt }),
        tokenType: "Bearer",
      };
    },
  };
}
