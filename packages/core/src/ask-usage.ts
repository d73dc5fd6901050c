import { acquireToken } from "./acquire-token.ts";
import { TokenFlowError } from "./errors.ts";
import { asTokenFlowError } from "./redeem.ts";
import { signedOut } from "./session-errors.ts";
import type { Context, SharedSession } from "./shared-session.ts";
import { toSession } from "./to-session.ts";
import type { Usage } from "./upstream.ts";

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
  if (!record) throw signedOut(context);
  try {
    return await provider.upstream.usage(toSession(record, token), { ...call, signal });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw asTokenFlowError(error, provider);
  }
}

export function withoutUsage(message: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", message, { hint: "See the service's own pages." });
}
