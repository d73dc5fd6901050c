import { type GetTokenOptions, isTokenFlowError, type Token, type TokenManager } from "@tokenflow/core";

/** Two redemptions because a token was due are at least this far apart. */
const MIN_REFRESH_INTERVAL = 30_000;

/**
 * A token that is fresh, not merely alive: a process that ends after it has nothing "behind" which a token
 * that is due could be renewed. The old one is the answer where that fails while it still lives; `onStale` says why.
 */
export async function tokenForScripts(
  manager: TokenManager,
  options: GetTokenOptions,
  onStale: (why: Error) => void,
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
