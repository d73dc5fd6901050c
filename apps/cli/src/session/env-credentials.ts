import { readEnvCredential } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import type { EnvCredential } from "@tokenflow/core/environment";
import type { Context } from "../cli/command.ts";

/**
 * Stops a sign-in or sign-out that could have no effect.
 * @throws `provider.misconfigured` if the environment gives the session
 */
export async function rejectIfEnvCredential(provider: string, env: Context["env"]): Promise<void> {
  const credential = await readEnvCredential(provider, env);
  if (!credential) return;
  throw new TokenFlowError("provider.misconfigured", `${credential.variable} replaces the session`, {
    hint: "Unset it to sign in or out.",
  });
}

/** @throws `provider.misconfigured` if the environment gives the token itself, which nothing can refresh */
export async function rejectIfGivenToken(provider: string, env: Context["env"]): Promise<void> {
  const credential = await readEnvCredential(provider, env);
  if (credential?.kind !== "token") return;
  throw new TokenFlowError(
    "provider.misconfigured",
    `${credential.variable} is a token, which cannot be refreshed`,
    { hint: "Set it to another one, or unset it to use the session." },
  );
}

/** Names the variable of a rejected credential: a sign-in cannot replace it. */
export function rejectedCredentialError({ variable, kind }: EnvCredential, provider: string): TokenFlowError {
  return new TokenFlowError("session.revoked", `${variable} contains a ${kind} that is no longer accepted`, {
    hint: `Set it to another one, or unset it and run: tokenflow login ${provider}`,
  });
}
