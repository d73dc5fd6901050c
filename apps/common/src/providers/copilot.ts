import type { Grant, TokenManagerOptions } from "@tokenflow/core";
import {
  acceptsCopilotToken,
  type CopilotProvider,
  copilotCredentialsFromEnv,
  copilotOptionsFromEnv,
  copilotSecretPatterns,
  createCopilotGrant,
  createCopilotProvider,
  readGitHubVariable,
} from "@tokenflow/provider-copilot";
import { UsageError } from "../messages/usage-error.ts";
import { type Environment, FROM_ENV } from "../settings/config.ts";

export { acceptsCopilotToken as acceptsToken, copilotSecretPatterns as secretPatterns };

/** @param host another GitHub than the one that the environment names */
export function createProvider(env: Environment, host?: string): CopilotProvider {
  const options = copilotOptionsFromEnv(env);
  return createCopilotProvider(
    host === undefined ? options : { ...options, host, githubUrl: undefined, githubApiUrl: undefined },
  );
}

export function readCredentials(env: Environment): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  return copilotCredentialsFromEnv(env, { fromGitHub: env[FROM_ENV] === "1" });
}

export function findGrantVariable(env: Environment): string {
  const given = readGitHubVariable(env);
  if (given) return given.variable;
  throw new UsageError(
    "no GitHub token is in the environment",
    `Set one of COPILOT_GITHUB_TOKEN, GH_TOKEN and GITHUB_TOKEN, or leave out --from-env (${FROM_ENV}).`,
  );
}

/** @param host the only GitHub that the grant may be sent to */
export function createGrant(text: string, host?: string): Grant {
  return createCopilotGrant(text, { host });
}

export function appName(env: Environment): string | undefined {
  return env["TOKENFLOW_COPILOT_CLIENT_ID"] || createProvider(env).appName;
}

export function origins(env: Environment): readonly string[] {
  return [
    env["TOKENFLOW_GITHUB_URL"] || "https://github.com",
    env["TOKENFLOW_GITHUB_API_URL"] || "https://api.github.com",
  ];
}
