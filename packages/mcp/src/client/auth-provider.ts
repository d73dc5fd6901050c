import { needsSignIn, type Token, type TokenManager } from "@tokenflow/core";
import type { McpProvider } from "./mcp-provider.ts";

/** The `AuthProvider` of the official SDK's version 2, as far as it is used. */
export interface AuthProvider {
  token(): Promise<string | undefined>;
  onUnauthorized(context: { readonly response: Response }): Promise<void>;
}

export interface AuthProviderOptions {
  /**
   * Signs a person in, if the server asks for that and nobody is signed in. Calls at the same time share one.
   * @default nobody is asked, and the request fails with `session.signed_out`
   * @example () => manager.signIn({ browser, onUserCode: ({ verificationUri, userCode }) => console.error(verificationUri, userCode) })
   */
  readonly signIn?: (() => Promise<unknown>) | undefined;
}

/**
 * Creates the `authProvider` of a transport of the official SDK, version 2. The manager keeps the token fresh; no grant
 * leaves it. For version 1 pass `createFetch(manager)` as the transport's `fetch` instead: its `OAuthClientProvider`
 * would redeem refresh tokens by itself.
 * @throws from a request: the reason why there is no token
 * @example
 * new StreamableHTTPClientTransport(new URL(url), { authProvider: authProvider(manager) });
 */
export function authProvider(
  manager: TokenManager & {
    readonly provider: TokenManager["provider"] & Partial<Pick<McpProvider, "learn">>;
  },
  { signIn }: AuthProviderOptions = {},
): AuthProvider {
  let sent: Token | undefined;
  let signingIn: Promise<unknown> | undefined;

  const read = async (): Promise<Token | undefined> => {
    try {
      return await manager.getToken();
    } catch (error) {
      // The server may not ask for a sign-in at all.
      if (needsSignIn(error)) return undefined;
      throw error;
    }
  };

  return {
    async token() {
      sent = await read();
      return sent?.accessToken;
    },
    async onUnauthorized({ response }) {
      const { status, headers } = response;
      manager.provider.learn?.({ status, headers });
      if (sent) manager.reject(sent, { status, headers, body: "", token: sent });
      try {
        await manager.getToken();
      } catch (error) {
        if (!signIn || !needsSignIn(error)) throw error;
        signingIn ??= signIn().finally(() => (signingIn = undefined));
        await signingIn;
      }
    },
  };
}
