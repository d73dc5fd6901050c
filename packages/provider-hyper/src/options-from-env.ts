import type { TokenManagerOptions } from "@tokenflow/core";
import { credentialsFromEnv } from "@tokenflow/core/environment";
import { createHyperGrant } from "./grant.ts";
import type { HyperProviderOptions } from "./hyper-provider.ts";

/** Environment variables as `process.env` holds them. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Maps `HYPER_URL` to options. Pure: the provider itself reads no environment. An empty value counts as unset. */
export function hyperOptionsFromEnv(env: Environment): HyperProviderOptions {
  return { url: env["HYPER_URL"] || undefined };
}

/**
 * What `TOKENFLOW_HYPER_TOKEN`, `HYPER_API_KEY` or `TOKENFLOW_HYPER_GRANT` gives, in this order, as options of a token
 * manager; nothing where none is set. A key needs no sign-in and no refresh, and wins over a session. Pure.
 */
export function hyperCredentialsFromEnv(
  env: Environment,
): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  return credentialsFromEnv("hyper", env, { createGrant: createHyperGrant, keyVariable: "HYPER_API_KEY" });
}
