import { TokenFlowError } from "../base/errors.ts";
import type { Grant } from "../contracts/call.ts";
import type { Provider } from "../contracts/provider.ts";

/** A token, or the grant for one, that environment variables give in place of a stored session. */
export interface EnvCredential {
  /** The variable that it was read from. */
  readonly variable: string;
  readonly kind: "token" | "grant";
  readonly secret: string;
}

export interface ReadEnvCredentialOptions {
  /** The service's own variable for an API key, which counts as a token. @default none @example "ACME_API_KEY" */
  readonly keyVariable?: string | undefined;
  /**
   * Refuses tokens of another kind, as {@link Provider.acceptsToken} does.
   * @default every token is accepted
   * @example provider.acceptsToken
   */
  readonly acceptsToken?: Provider["acceptsToken"];
}

/**
 * Returns the name of the environment variable that gives a token for a provider: its id in capitals, every
 * run of other characters one `_`.
 *
 * @example
 * ```ts
 * tokenEnvVar("acme"); // TOKENFLOW_ACME_TOKEN
 * ```
 */
export function tokenEnvVar(providerId: string): string {
  return `TOKENFLOW_${providerId.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}_TOKEN`;
}

/** Returns the name of the environment variable that gives a grant: `TOKENFLOW_ACME_GRANT`. */
export function grantEnvVar(providerId: string): string {
  return tokenEnvVar(providerId).replace(/_TOKEN$/, "_GRANT");
}

/**
 * Reads `TOKENFLOW_<PROVIDER>_TOKEN`, then `keyVariable`, then `TOKENFLOW_<PROVIDER>_GRANT` from `env`.
 * An empty variable counts as unset.
 * @throws `provider.misconfigured` if `acceptsToken` refuses the token
 */
export function readEnvCredential(
  providerId: string,
  env: Readonly<Record<string, string | undefined>>,
  { keyVariable, acceptsToken }: ReadEnvCredentialOptions = {},
): EnvCredential | undefined {
  const sources = [
    { variable: tokenEnvVar(providerId), kind: "token" },
    { variable: keyVariable, kind: "token" },
    { variable: grantEnvVar(providerId), kind: "grant" },
  ] as const;
  for (const { variable, kind } of sources) {
    const secret = variable === undefined ? undefined : env[variable]?.trim();
    if (variable === undefined || !secret) continue;
    const refusal = kind === "token" ? acceptsToken?.(secret) : undefined;
    if (refusal !== undefined) {
      throw new TokenFlowError(
        "provider.misconfigured",
        `${variable} holds a token that ${providerId} does not accept`,
        { hint: refusal },
      );
    }
    return { variable, kind, secret };
  }
  return undefined;
}

export interface CredentialsFromEnvOptions extends ReadEnvCredentialOptions {
  /**
   * Makes the provider's grant from the text in `TOKENFLOW_<PROVIDER>_GRANT`.
   * @example (text) => ({ refreshToken: text })
   */
  readonly createGrant: (text: string) => Grant;
}

/** The options of `createTokenManager` that the environment sets: one of the two, or none. */
export interface EnvCredentialOptions {
  /** The token, if the environment gives one. @example "acme_token" */
  readonly staticToken?: string;
  /** The provider's grant, if the environment gives one. @example { refreshToken: "acme_refresh" } */
  readonly grant?: Grant;
}

/**
 * Reads the environment's credential as options of `createTokenManager`; `{}` if there is none.
 * Each provider package exports its own version of this function.
 * @throws as {@link readEnvCredential} and `createGrant` do
 */
export function credentialsFromEnv(
  providerId: string,
  env: Readonly<Record<string, string | undefined>>,
  { createGrant, ...options }: CredentialsFromEnvOptions,
): EnvCredentialOptions {
  const given = readEnvCredential(providerId, env, options);
  if (!given) return {};
  return given.kind === "grant" ? { grant: createGrant(given.secret) } : { staticToken: given.secret };
}
