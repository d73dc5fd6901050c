import type { TokenManagerOptions } from "@tokenflow/core";
import { credentialsFromEnv } from "@tokenflow/core/environment";
import { omitUndefined } from "@tokenflow/core/provider";
import { type Environment, readGitHubVariable } from "./github-variables.ts";
import { createCopilotGrant } from "./grant.ts";
import type { CopilotHostOptions } from "./hosts.ts";
import type { CopilotIdentityOptions } from "./identity.ts";
import { type CopilotModeOptions, parseMode } from "./mode.ts";
import { acceptsCopilotToken } from "./secrets.ts";

/** The options of a provider that variables can give. */
export interface CopilotOptionsFromEnv
  extends CopilotHostOptions,
    CopilotModeOptions,
    Pick<CopilotIdentityOptions, "integrationId"> {
  /** The client id of the app that GitHub names on its consent page. @default `copilotClientId` @example "Iv1.0123456789abcdef" */
  readonly clientId?: string | undefined;
}

/**
 * Maps `TOKENFLOW_GITHUB_URL`, `TOKENFLOW_GITHUB_API_URL`, `TOKENFLOW_COPILOT_API_URL`,
 * `TOKENFLOW_COPILOT_CLIENT_ID`, `TOKENFLOW_COPILOT_MODE` and `TOKENFLOW_COPILOT_INTEGRATION_ID` to options, and
 * `TOKENFLOW_COPILOT_DIRECT=1`, the earlier way to write `TOKENFLOW_COPILOT_MODE=direct`.
 * The provider itself reads no environment. An empty value counts as unset.
 * @throws `provider.misconfigured` for an unknown mode
 */
export function copilotOptionsFromEnv(env: Environment): CopilotOptionsFromEnv {
  const mode = env["TOKENFLOW_COPILOT_MODE"];
  return {
    githubUrl: env["TOKENFLOW_GITHUB_URL"] || undefined,
    githubApiUrl: env["TOKENFLOW_GITHUB_API_URL"] || undefined,
    copilotApiUrl: env["TOKENFLOW_COPILOT_API_URL"] || undefined,
    clientId: env["TOKENFLOW_COPILOT_CLIENT_ID"] || undefined,
    integrationId: env["TOKENFLOW_COPILOT_INTEGRATION_ID"] || undefined,
    mode: mode ? parseMode(mode) : undefined,
    direct: env["TOKENFLOW_COPILOT_DIRECT"] === "1" || undefined,
  };
}

export interface CopilotCredentialsOptions {
  /**
   * Also reads the variables that GitHub documents: `COPILOT_GITHUB_TOKEN`, `GH_TOKEN`, `GITHUB_TOKEN`, in this order.
   * They are often set for other programs, so nothing reads them unasked.
   * @default false
   * @example true
   */
  readonly fromGitHub?: boolean | undefined;
}

/**
 * Reads a Copilot token from `TOKENFLOW_COPILOT_TOKEN`, else a GitHub token from `TOKENFLOW_COPILOT_GRANT`, as
 * options of `createTokenManager`; with `fromGitHub` then one of GitHub's own variables. Returns `{}` if none is set.
 * @throws `provider.misconfigured` for a GitHub token in the first variable, or anything else in the others
 */
export function copilotCredentialsFromEnv(
  env: Environment,
  { fromGitHub = false }: CopilotCredentialsOptions = {},
): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  const own = credentialsFromEnv("copilot", env, {
    createGrant: createCopilotGrant,
    acceptsToken: acceptsCopilotToken,
  });
  if (!fromGitHub || own.grant || own.staticToken !== undefined) return own;
  const given = readGitHubVariable(env);
  return given ? { grant: createCopilotGrant(given.githubToken, omitUndefined({ host: given.host })) } : {};
}
