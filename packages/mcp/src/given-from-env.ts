import { type Grant, type Provider, TokenFlowError, type TokenManagerOptions } from "@tokenflow/core";
import { readGiven } from "@tokenflow/core/environment";

export interface GivenFromEnvOptions {
  /** @default process.env */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Makes the provider's grant of the text in `TOKENFLOW_<PROVIDER>_GRANT`: `createCopilotGrant`. */
  readonly createGrant?: ((text: string) => Grant) | undefined;
}

/**
 * What the environment gives in place of a sign-in, for CI: `TOKENFLOW_<PROVIDER>_TOKEN`, a token that is
 * handed out as it is, or `TOKENFLOW_<PROVIDER>_GRANT`, a grant that is kept in memory. For the options of
 * `createTokenManager`; empty where nothing is given.
 * @throws `provider.misconfigured` for a GitHub token where Copilot's is wanted, and for a grant without `createGrant`
 * @example
 * const manager = createTokenManager({ provider, store, ...givenFromEnv(provider) });
 */
export function givenFromEnv(
  provider: Provider,
  { env = process.env, createGrant }: GivenFromEnvOptions = {},
): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  const given = readGiven(provider.id, env);
  if (!given) return {};
  if (given.kind === "token") return { staticToken: given.secret };
  if (createGrant) return { grant: createGrant(given.secret) };
  throw new TokenFlowError(
    "provider.misconfigured",
    `${given.variable} is set, but this program takes no grant for ${provider.name}`,
    { hint: "Unset it, or give `createGrant`." },
  );
}
