import { isTokenFlowError } from "../base/errors.ts";
import type { TokenManager } from "../contracts/token-manager.ts";
import type { Token } from "../token/token.ts";

export interface Attempt<T> {
  /** The API said that this token is no longer good. */
  readonly isTokenRejected: boolean;
  readonly value: T;
}

export interface WithTokenOptions {
  readonly signal?: AbortSignal | undefined;
  /** As in `getToken`, in milliseconds. */
  readonly minValidity?: number | undefined;
  /** Whether a second attempt is possible; asked after a refusal. @default always */
  readonly canRepeat?: (() => boolean) | undefined;
}

/**
 * Runs an attempt with a token. Where the API refuses the token it is rejected, and one more attempt is
 * made with a fresh one; what that one answers is the answer, another refusal included. Any number of
 * attempts that are refused at once share one redemption.
 * @throws why there is no fresh token, where the session has ended or the service is away
 * @param discard called with the refused value that nobody will see, to free what it holds
 */
export async function withToken<T>(
  manager: Pick<TokenManager, "getToken" | "reject">,
  attempt: (token: Token) => Promise<Attempt<T>>,
  options: WithTokenOptions = {},
  discard?: (value: T) => void,
): Promise<T> {
  const token = await manager.getToken(options);
  const { isTokenRejected, value } = await attempt(token);
  if (!isTokenRejected) return value;
  manager.reject(token);
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
    // Fresh tokens are refused too: the API's own words say why. Else ours say what to do.
    if (isTokenFlowError(error, "token.rejected")) return first.value;
    discard?.(first.value);
    throw error;
  }
  if (fresh.accessToken === first.token.accessToken) return first.value;
  discard?.(first.value);
  const second = await attempt(fresh);
  if (second.isTokenRejected) manager.reject(fresh);
  return second.value;
}
