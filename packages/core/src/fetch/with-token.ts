import { isTokenFlowError } from "../base/errors.ts";
import type { TokenManager } from "../contracts/token-manager.ts";
import type { UpstreamAnswer } from "../contracts/upstream.ts";
import type { Token } from "../token/token.ts";

export interface Attempt<T> {
  /** True if the API no longer accepts this token. */
  readonly isTokenRejected: boolean;
  /** The answer that rejected it, for the provider. */
  readonly answer?: UpstreamAnswer | undefined;
  readonly value: T;
}

export interface WithTokenOptions {
  /** Ends the wait for a token. It does not end the attempt. @default none @example AbortSignal.timeout(10_000) */
  readonly signal?: AbortSignal | undefined;
  /** How long the token must still be valid, in milliseconds. @default 0 @example 60_000 */
  readonly minValidity?: number | undefined;
  /** Returns false if a second attempt is impossible. Called after a rejection. @default () => true @example () => !isStream */
  readonly canRepeat?: (() => boolean) | undefined;
}

/**
 * Runs an attempt with a token. If the API rejects the token, one more attempt is made with a new one, and its result
 * is returned even if it is a rejection too. Attempts that are rejected at the same time share one refresh.
 *
 * @example
 * ```ts
 * const answer = await withToken(manager, async (token) => {
 *   const response = await fetch(url, { headers: { authorization: token.authorization } });
 *   return { value: response, isTokenRejected: response.status === 401 };
 * });
 * ```
 *
 * @param discard called with the rejected result, which nobody will see, to free what it holds
 * @throws the reason why there is no new token, if the session has ended or the service is unavailable
 */
export async function withToken<T>(
  manager: Pick<TokenManager, "getToken" | "reject">,
  attempt: (token: Token) => Promise<Attempt<T>>,
  options: WithTokenOptions = {},
  discard?: (value: T) => void,
): Promise<T> {
  const token = await manager.getToken(options);
  const { isTokenRejected, answer, value } = await attempt(token);
  if (!isTokenRejected) return value;
  manager.reject(token, answer);
  if (options.canRepeat?.() === false) return value;
  return attemptAgain(manager, attempt, { token, value }, options, discard);
}

async function attemptAgain<T>(
  manager: Pick<TokenManager, "getToken" | "reject">,
  attempt: (token: Token) => Promise<Attempt<T>>,
  first: { readonly token: Token; readonly value: T },
  options: WithTokenOptions,
  discard?: (value: T) => void,
): Promise<T> {
  let fresh: Token;
  try {
    fresh = await manager.getToken(options);
  } catch (error) {
    // If new tokens are rejected too, the API's answer tells why. Otherwise our error tells what to do.
    if (isTokenFlowError(error, "token.rejected")) return first.value;
    discard?.(first.value);
    throw error;
  }
  if (fresh.authorization === first.token.authorization) return first.value;
  discard?.(first.value);
  const second = await attempt(fresh);
  if (second.isTokenRejected) manager.reject(fresh, second.answer);
  return second.value;
}
