import { TokenFlowError, type TokenManager } from "@tokenflow/core";

/** How long a caller waits for a user code, in milliseconds; the sign-in itself is never waited for. */
const CODE_TIMEOUT = 10_000;

/**
 * Begins a sign-in, or joins the one that runs, and tells the caller where to approve it. Returns where
 * somebody has signed in by now.
 * @throws the error that the caller gets, with user code and link in its hint
 */
export async function startSignIn(
  manager: TokenManager,
  error: TokenFlowError,
  signal: AbortSignal,
): Promise<void> {
  const { name } = manager.provider;
  const patience = AbortSignal.timeout(CODE_TIMEOUT);
  let acquired: Awaited<ReturnType<TokenManager["acquire"]>>;
  try {
    acquired = await manager.acquire({ signal: AbortSignal.any([signal, patience]) });
  } catch (reason) {
    throw patience.aborted && !signal.aborted ? error : reason;
  }
  switch (acquired.status) {
    case "authorized":
      return;
    case "failed":
      throw acquired.error;
    case "pending": {
      const { userCode, verificationUri } = acquired;
      throw new TokenFlowError(error.code, `Not signed in to ${name}`, {
        hint: `Open ${verificationUri} and enter ${userCode}, then try again.`,
      });
    }
  }
}
