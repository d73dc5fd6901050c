import { TokenFlowError } from "../base/errors.ts";
import { signedOutError } from "../base/session-errors.ts";
import type { Usage } from "../contracts/upstream.ts";
import { toTokenFlowError } from "../protocol/redeem.ts";
import { toSession } from "../record/to-session.ts";
import type { GetToken } from "../refresh/get-token.ts";
import type { Requester } from "../refresh/requester.ts";
import type { SessionView } from "../refresh/session-view.ts";

/** Asks the service for the session's plan and quotas, with the grant, which never leaves this function. */
export type ReadUsage = (by: Requester, signal: AbortSignal | undefined) => Promise<Usage>;

export function createReadUsage(view: SessionView, getToken: GetToken): ReadUsage {
  return async (by, signal) => {
    const { provider, call } = by;
    if (!provider.upstream?.usage) throw withoutUsage(`${provider.name} reports no usage`);
    // A grant that has to be renewed first is renewed with the token.
    const token = await getToken(by, { signal });
    const record = view.record();
    if (!record) throw signedOutError(provider);
    try {
      return await provider.upstream.usage(toSession(record, token), { ...call, signal });
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw toTokenFlowError(error, provider);
    }
  };
}

export function withoutUsage(message: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint: "See the service's own pages." });
}
