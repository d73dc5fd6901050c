import type { TokenManagerOptions } from "@tokenflow/core";
import { credentialsFromEnv } from "@tokenflow/core/environment";
import { createCopilotGrant } from "./service/grant.ts";
import { acceptsCopilotToken } from "./service/secrets.ts";

/**
 * What `TOKENFLOW_COPILOT_TOKEN` or `TOKENFLOW_COPILOT_GRANT` gives, as options of a token manager; nothing where
 * neither is set. Pure.
 * @throws `provider.misconfigured` for a GitHub token where a Copilot token is wanted, and for what is no GitHub token
 */
export function copilotCredentialsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  return credentialsFromEnv("copilot", env, {
    createGrant: createCopilotGrant,
    acceptsToken: acceptsCopilotToken,
  });
}
