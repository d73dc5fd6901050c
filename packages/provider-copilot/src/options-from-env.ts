import type { CopilotProviderOptions } from "./copilot-provider.ts";

/**
 * Maps `TOKENFLOW_GITHUB_URL`, `TOKENFLOW_GITHUB_API_URL`, `TOKENFLOW_COPILOT_API_URL`,
 * `TOKENFLOW_COPILOT_CLIENT_ID` and `TOKENFLOW_COPILOT_DIRECT` (`1` is direct mode) to options. Pure: the
 * provider itself reads no environment. An empty value counts as unset.
 */
export function copilotOptionsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
): CopilotProviderOptions {
  return {
    githubUrl: env["TOKENFLOW_GITHUB_URL"] || undefined,
    githubApiUrl: env["TOKENFLOW_GITHUB_API_URL"] || undefined,
    copilotApiUrl: env["TOKENFLOW_COPILOT_API_URL"] || undefined,
    clientId: env["TOKENFLOW_COPILOT_CLIENT_ID"] || undefined,
    direct: env["TOKENFLOW_COPILOT_DIRECT"] === "1" || undefined,
  };
}
