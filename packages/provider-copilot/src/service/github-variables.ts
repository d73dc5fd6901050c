import { isServerToken } from "./grant.ts";

/** Environment variables as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A GitHub token that the environment gives, and the only host that it may be sent to, if that is named. */
export interface GivenGitHubToken {
  readonly variable: string;
  readonly githubToken: string;
  readonly host?: string | undefined;
}

/** The variables that GitHub documents for the Copilot CLI, in its order. */
export const GITHUB_VARIABLES: readonly string[] = ["COPILOT_GITHUB_TOKEN", "GH_TOKEN", "GITHUB_TOKEN"];

/** GitHub documents `GH_TOKEN` and `GITHUB_TOKEN` for github.com and GHE.com alone. */
const OF_ANY_HOST: readonly string[] = ["COPILOT_GITHUB_TOKEN"];

/**
 * Reads the first of {@link GITHUB_VARIABLES} that is set. An empty value counts as unset. No variable names its host:
 * it is `COPILOT_GH_HOST` or `GH_HOST`, and for a token of Actions the server that runs the job.
 */
export function readGitHubVariable(env: Environment): GivenGitHubToken | undefined {
  const named = env["COPILOT_GH_HOST"] || env["GH_HOST"] || undefined;
  for (const variable of variablesFor(named)) {
    const githubToken = env[variable]?.trim();
    if (!githubToken) continue;
    const isOfActions = variable === "GITHUB_TOKEN" || isServerToken(githubToken);
    return { variable, githubToken, host: named ?? (isOfActions ? serverOfActions(env) : undefined) };
  }
  return undefined;
}

/** Returns the variables that may hold a token of this host. */
function variablesFor(host: string | undefined): readonly string[] {
  const isServer = host !== undefined && host !== "github.com" && !host.endsWith(".ghe.com");
  return isServer ? OF_ANY_HOST : GITHUB_VARIABLES;
}

/** Actions names its own server. github.com is the default, and needs no name. */
function serverOfActions(env: Environment): string | undefined {
  const host = URL.parse(env["GITHUB_SERVER_URL"] ?? "")?.host;
  return host === undefined || host === "" || host === "github.com" ? undefined : host;
}
