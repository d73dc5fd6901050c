import { readEnvCredential } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import type { EnvCredential } from "@tokenflow/core/environment";
import type { Context } from "../cli/command.ts";

/**
 * Stops a sign-in or sign-out that could have no effect.
 * @throws `provider.misconfigured` if the environment gives the session
 */
export async function rejectIfEnvCredential(provider: string, env: Context["env"]): Promise<void> {
  const given = await readEnvCredential(provider, env);
  if (!given) return;
  throw new TokenFlowError("provider.misconfigured", `${given.variable} takes the place of a session`, {
    hint: "Unset it to sign in or out.",
  });
}

/** A sign-in cannot mend what the environment gives: the person has to know which variable it was. */
export function rejectedCredentialError({ variable, kind }: EnvCredential, provider: string): TokenFlowError {
  return new TokenFlowError("session.revoked", `${variable} holds a ${kind} that is no longer accepted`, {
    hint: `Give another one, or unset it and run: tokenflow login ${provider}`,
  });
}
