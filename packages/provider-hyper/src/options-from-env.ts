import type { TokenManagerOptions } from "@tokenflow/core";
import { credentialsFromEnv } from "@tokenflow/core/environment";
import type { HyperApiOptions } from "./address.ts";
import { createHyperGrant } from "./grant.ts";

/** Environment variables as `process.env` holds them. */
type Environment = Readonly<Record<string, string | undefined>>;

/** Maps `HYPER_URL` to options. The provider itself reads no environment. An empty value counts as unset. */
export function hyperOptionsFromEnv(env: Environment): HyperApiOptions {
  return { url: env["HYPER_URL"] || undefined };
}

/**
 * Reads `TOKENFLOW_HYPER_TOKEN`, `HYPER_API_KEY` or `TOKENFLOW_HYPER_GRANT`, in this order, as options of
 * `createTokenManager`. Returns `{}` if none is set. A key needs no sign-in and no refresh, and wins over a session.
 */
export function hyperCredentialsFromEnv(
  env: Environment,
): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  return credentialsFromEnv("hyper", env, { createGrant: createHyperGrant, keyVariable: "HYPER_API_KEY" });
}
