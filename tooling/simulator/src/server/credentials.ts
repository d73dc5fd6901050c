import type { ServiceName } from "./journal.ts";
import type { Settings } from "./settings.ts";

/** Returns true for a GitHub token of any kind, by its grammar. */
export function isGithubToken(credential: string): boolean {
  return /^(gh[a-z]_|github_pat_)/.test(credential);
}

/** Returns the hosts that a credential belongs to, by its grammar, or `undefined`. */
export function hostOf(
  credential: string,
  { directTokens }: Pick<Settings, "directTokens">,
): readonly ServiceName[] | undefined {
  if (isGithubToken(credential)) {
    return directTokens ? ["github", "github-api", "copilot"] : ["github", "github-api"];
  }
  if (/(^|;)(tid|exp)=/.test(credential)) return ["copilot"];
  if (/^(ey[\w-]+\.ey|hrt_|sk-hyper-)/.test(credential)) return ["hyper"];
  return undefined;
}
