import type { Grant } from "@tokenflow/core";
import { readGiven } from "@tokenflow/core/environment";
import { createCopilotGrant } from "./grant.ts";

/**
 * What `TOKENFLOW_COPILOT_TOKEN` or `TOKENFLOW_COPILOT_GRANT` gives, as options of a token manager; nothing where
 * neither is set. Pure.
 * @throws `provider.misconfigured` for a GitHub token where a Copilot token is wanted, and for what is no GitHub token
 */
export function copilotGivenFromEnv(env: Readonly<Record<string, string | undefined>>): {
  readonly staticToken?: string;
  readonly grant?: Grant;
} {
  const given = readGiven("copilot", env);
  if (!given) return {};
  return given.kind === "grant" ? { grant: createCopilotGrant(given.secret) } : { staticToken: given.secret };
}
