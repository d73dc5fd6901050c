import { TokenFlowError, type TokenManager } from "@tokenflow/core";

/** How long a caller waits for a user code, in milliseconds. Nothing waits for the sign-in itself. */
const CODE_TIMEOUT = 10_000;

/**
 * Starts a sign-in, or joins the current one. Returns only if the session is signed in meanwhile.
 * @throws the error for the caller, with the link and the user code in its hint
 */
export async function startSignIn(
  manager: TokenManager,
  error: TokenFlowError,
  signal: AbortSignal,
): Promise<void> {
  const { name } = manager.provider;
  const timeout = AbortSignal.timeout(CODE_TIMEOUT);
  let acquired: Awaited<ReturnType<TokenManager["acquire"]>>;
  try {
    acquired = await manager.acquire({ signal: AbortSignal.any([signal, timeout]) });
  } catch (reason) {
    throw timeout.aborted && !signal.aborted ? error : reason;
  }
  switch (acquired.status) {
    case "authorized":
      return;
    case "failed":
      throw acquired.error;
    case "pending": {
      const { userCode, verificationUri, notice } = acquired;
      const open = `Open ${verificationUri} and enter ${userCode}, then try again.`;
      throw new TokenFlowError(error.code, `Not signed in to ${name}`, {
        hint: notice === undefined ? open : `${open} ${notice}`,
      });
    }
  }
}
