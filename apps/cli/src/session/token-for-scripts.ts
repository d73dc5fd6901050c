import { type GetTokenOptions, isTokenFlowError, type Token, type TokenManager } from "@tokenflow/core";

/** The minimum time between two refreshes of tokens that are due. */
const MIN_REFRESH_INTERVAL = 30_000;

/**
 * Returns a token that is fresh, not merely alive: this process ends soon, so no background refresh would finish.
 * If the refresh fails and the old token is still alive, calls `onStale` and returns the old token.
 */
export async function tokenForScripts(
  manager: TokenManager,
  options: GetTokenOptions,
  onStale: (reason: Error) => void,
): Promise<Token> {
  const token = await manager.getToken(options);
  const now = Date.now();
  const due = token.isExpired(now) || (token.dueAt !== undefined && now >= token.dueAt);
  if (!due || now - token.issuedAt < MIN_REFRESH_INTERVAL || options.forceRefresh) return token;
  try {
    return await manager.getToken({ ...options, forceRefresh: true });
  } catch (error) {
    if (!isTokenFlowError(error) || !token.isAlive()) throw error;
    onStale(error);
    return token;
  }
}
