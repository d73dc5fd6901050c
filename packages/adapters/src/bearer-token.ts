import type { TokenManager } from "@tokenflow/core";

/** The part of a manager that adapters use. */
export type TokenSource = Pick<TokenManager, "getToken" | "reject">;

/**
 * Returns a function that resolves with a fresh access token, for every option that takes one: `apiKey` of openai,
 * `bearerTokenProvider` of the Copilot SDK, `azureADTokenProvider`. It ignores its arguments.
 * @example
 * const openai = new OpenAI({ apiKey: bearerToken(manager) });
 */
export function bearerToken(manager: TokenSource): () => Promise<string> {
  return async () => (await manager.getToken()).accessToken;
}
