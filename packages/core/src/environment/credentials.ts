import { TokenFlowError } from "../base/errors.ts";
import type { Grant } from "../contracts/provider.ts";
import type { TokenManagerOptions } from "../manager/create-token-manager.ts";
import { grantEnvVar, tokenEnvVar } from "../manager/static-token-manager.ts";

/** What an environment brings along in place of a stored session: a token, or the grant for one. */
export interface EnvCredential {
  readonly variable: string;
  readonly kind: "token" | "grant";
  readonly secret: string;
}

export interface ReadEnvCredentialOptions {
  /** The service's own variable for a key, which counts as a token: `HYPER_API_KEY`. */
  readonly keyVariable?: string | undefined;
}

const GITHUB_TOKEN = /^(?:gh[a-z]_|github_pat_)/;

/**
 * Reads `TOKENFLOW_<PROVIDER>_TOKEN`, then `keyVariable`, then `TOKENFLOW_<PROVIDER>_GRANT` from the
 * environment that it is handed. An empty variable counts as unset.
 * @throws `provider.misconfigured` for a GitHub token where Copilot's is wanted
 */
export function readEnvCredential(
  providerId: string,
  env: Readonly<Record<string, string | undefined>>,
  { keyVariable }: ReadEnvCredentialOptions = {},
): EnvCredential | undefined {
  const sources = [
    { variable: tokenEnvVar(providerId), kind: "token" },
    { variable: keyVariable, kind: "token" },
    { variable: grantEnvVar(providerId), kind: "grant" },
  ] as const;
  for (const { variable, kind } of sources) {
    const secret = variable === undefined ? undefined : env[variable]?.trim();
    if (variable === undefined || !secret) continue;
    if (kind === "token" && providerId === "copilot" && GITHUB_TOKEN.test(secret)) {
      throw new TokenFlowError(
        "provider.misconfigured",
        `${variable} holds a GitHub token, not one of Copilot's`,
        {
          hint: `Set ${grantEnvVar(providerId)} to it instead.`,
        },
      );
    }
    return { variable, kind, secret };
  }
  return undefined;
}

export interface CredentialsFromEnvOptions extends ReadEnvCredentialOptions {
  /** Makes the provider's grant of the text in `TOKENFLOW_<PROVIDER>_GRANT`. */
  readonly createGrant: (text: string) => Grant;
}

/**
 * What the environment gives, as options of a token manager; nothing where it gives nothing. Each provider
 * has its own, made of this one: `copilotGivenFromEnv(process.env)`.
 * @throws as {@link readEnvCredential} and `createGrant` do
 */
export function credentialsFromEnv(
  providerId: string,
  env: Readonly<Record<string, string | undefined>>,
  { createGrant, ...options }: CredentialsFromEnvOptions,
): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  const given = readEnvCredential(providerId, env, options);
  if (!given) return {};
  return given.kind === "grant" ? { grant: createGrant(given.secret) } : { staticToken: given.secret };
}
