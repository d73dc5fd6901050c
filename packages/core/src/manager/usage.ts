import { TokenFlowError } from "../base/errors.ts";
import { signedOutError } from "../base/session-errors.ts";
import type { Usage } from "../contracts/upstream.ts";
import { toTokenFlowError } from "../protocol/redeem.ts";
import { toSession } from "../record/to-session.ts";
import { acquireToken } from "../refresh/get-token.ts";
import type { Context, SharedSession } from "../refresh/session-view.ts";

/** What the service tells of the session's plan and quotas. Asked with the grant, which stays in here. */
export async function askUsage(
  session: SharedSession,
  context: Context,
  signal: AbortSignal | undefined,
): Promise<Usage> {
  const { provider, call } = context;
  if (!provider.upstream?.usage) throw withoutUsage(`${provider.name} tells no usage`);
  // A grant that has to be renewed first is renewed with the token.
  const token = await acquireToken(session, context, { signal });
  const record = session.snapshot?.record;
  if (!record) throw signedOutError(context.provider);
  try {
    return await provider.upstream.usage(toSession(record, token), { ...call, signal });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw toTokenFlowError(error, provider);
  }
}

export function withoutUsage(message: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint: "See the service's own pages." });
}
