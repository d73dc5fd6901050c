import { grantVariable, TokenFlowError, tokenVariable } from "@tokenflow/core";
import type { Context } from "./command.ts";
import { PROVIDERS } from "./providers.ts";

/** What the environment brings along in place of a stored session: a token, or the grant for one. */
export interface Given {
  readonly variable: string;
  readonly kind: "token" | "grant";
  readonly secret: string;
}

const GITHUB_TOKEN = /^(?:gh[a-z]_|github_pat_)/;

/**
 * Reads `TOKENFLOW_<PROVIDER>_TOKEN`, the service's own variable for a key, and `TOKENFLOW_<PROVIDER>_GRANT`.
 * @throws `provider.misconfigured` for a GitHub token where Copilot's is wanted
 */
export function readGiven(provider: string, env: Context["env"]): Given | undefined {
  const known = Object.hasOwn(PROVIDERS, provider) ? PROVIDERS[provider] : undefined;
  // What an OAuth server is called in a variable is not ours to guess.
  if (!known) return undefined;
  const sources = [
    { variable: tokenVariable(provider), kind: "token" },
    { variable: known.keyVariable, kind: "token" },
    { variable: grantVariable(provider), kind: "grant" },
  ] as const;
  for (const { variable, kind } of sources) {
    const secret = variable === undefined ? undefined : env[variable]?.trim();
    if (variable === undefined || !secret) continue;
    if (kind === "token" && provider === "copilot" && GITHUB_TOKEN.test(secret)) {
      throw new TokenFlowError(
        "provider.misconfigured",
        `${variable} holds a GitHub token, not one of Copilot's`,
        {
          hint: `Set ${grantVariable(provider)} to it instead.`,
        },
      );
    }
    return { variable, kind, secret };
  }
  return undefined;
}

/**
 * For who wants to sign in or out.
 * @throws `provider.misconfigured` where the environment gives the session
 */
export function refuseGiven(provider: string, env: Context["env"]): void {
  const given = readGiven(provider, env);
  if (!given) return;
  throw new TokenFlowError("provider.misconfigured", `${given.variable} takes the place of a session`, {
    hint: "Unset it to sign in or out.",
  });
}
