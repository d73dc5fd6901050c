import {
  type Grant,
  isTokenFlowError,
  type Provider,
  Token,
  type TokenFlowError,
  type TokenManager,
  withToken,
} from "@tokenflow/core";
import { createHttp, type RedeemCall, systemClock, type UpstreamAnswer } from "@tokenflow/core/provider";

/**
 * Asks the API whether it accepts a token that no exchange has checked: a GitHub token that goes to the Copilot API
 * itself. It may want another scheme, which then belongs to the grant.
 * @returns the grant with what was learned
 * @throws the API's refusal, or why it could not be reached
 */
export async function verifyToken(
  provider: Provider,
  { token, grant }: { readonly token: Token; readonly grant: Grant },
  call: RedeemCall,
): Promise<Grant> {
  if (!isUnchecked(token)) return grant;
  try {
    await provider.upstream?.models?.(token, call);
    return grant;
  } catch (error) {
    if (!isTokenFlowError(error, "token.rejected")) throw error;
    const issuedAt = Date.now();
    const other = await provider.redeem(grant, { ...call, rejection: rejectionOf(error, token) });
    const next = other.token && new Token({ ...other.token, issuedAt });
    if (!next || next.authorization === token.authorization) throw error;
    await provider.upstream?.models?.(next, call);
    return other.grant ?? grant;
  }
}

/** Asks the same of a session that is stored already. @throws as `verifyToken` does */
export async function verifySession(manager: TokenManager): Promise<void> {
  const call = { http: createHttp(), clock: systemClock };
  const refusal = await withToken<TokenFlowError | undefined>(manager, async (token) => {
    try {
      if (isUnchecked(token)) await manager.provider.upstream?.models?.(token, call);
      return { isTokenRejected: false, value: undefined };
    } catch (error) {
      if (!isTokenFlowError(error, "token.rejected")) throw error;
      return { isTokenRejected: true, answer: rejectionOf(error, token), value: error };
    }
  });
  if (refusal) throw refusal;
}

function isUnchecked({ details }: Token): boolean {
  return details?.["mode"] === "direct";
}

function rejectionOf({ status = 401, message, reason = "" }: TokenFlowError, token: Token): UpstreamAnswer {
  return { status, headers: new Headers(), body: `${message} ${reason}`.trimEnd(), token };
}
