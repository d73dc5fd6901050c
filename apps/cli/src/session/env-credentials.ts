import { TokenFlowError } from "@tokenflow/core";
import { type EnvCredential, readEnvCredential as readGivenFrom } from "@tokenflow/core/environment";
import type { Context } from "../cli/command.ts";
import { PROVIDERS } from "./providers.ts";

/**
 * What the environment brings along in place of a stored session of `provider`.
 * @throws `provider.misconfigured` for a token that the provider does not accept
 */
export function readEnvCredential(provider: string, env: Context["env"]): EnvCredential | undefined {
  const known = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
  const { keyVariable, acceptsToken } = known ?? {};
  return readGivenFrom(provider, env, { keyVariable, acceptsToken });
}

/**
 * For who wants to sign in or out.
 * @throws `provider.misconfigured` where the environment gives the session
 */
export function rejectIfEnvCredential(provider: string, env: Context["env"]): void {
  const given = readEnvCredential(provider, env);
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
