import type { Clock } from "../base/clock.ts";
import { TokenFlowError } from "../base/errors.ts";
import type { Provider } from "../contracts/provider.ts";
import type { TokenManager } from "../contracts/token-manager.ts";
import { tokenEnvVar } from "../environment/credentials.ts";
import { Token } from "../token/token.ts";
import { withoutUsage } from "./usage.ts";

export interface StaticTokenOptions {
  readonly provider: Provider;
  readonly account: string;
  readonly token: string;
  readonly clock: Clock;
}

/**
 * A manager for a token that was given: no store, no lifetime, no refresh. Rejecting and forcing change
 * nothing, so that the API's refusal is seen; signing in and out make no sense.
 */
export function createStaticTokenManager({
  provider,
  account,
  token: accessToken,
  clock,
}: StaticTokenOptions): TokenManager {
  const token = new Token({ accessToken, issuedAt: clock.now() });
  const nothing = async (): Promise<void> => undefined;
  const fixed = async (): Promise<never> => {
    throw new TokenFlowError(
      "provider.misconfigured",
      `The token for ${provider.name} was given and cannot be changed here`,
      {
        hint: `Unset ${tokenEnvVar(provider.id)} to sign in or out.`,
      },
    );
  };
  return {
    provider,
    account,
    peek: () => token,
    getToken: async ({ signal } = {}) => {
      signal?.throwIfAborted();
      return token;
    },
    acquire: async () => ({ status: "authorized", token }),
    signIn: fixed,
    signOut: fixed,
    reject: () => undefined,
    status: async () => ({
      provider: provider.id,
      account,
      state: "valid",
      origin: "environment",
      issuedAt: token.issuedAt,
    }),
    usage: async () => {
      throw withoutUsage(`The token for ${provider.name} was given, and tells no usage`);
    },
    start: nothing,
    close: nothing,
    [Symbol.asyncDispose]: nothing,
  };
}
