/** Patterns of the secrets of GitHub and Copilot, for `redact()`. */
export const copilotSecretPatterns: readonly RegExp[] = [
  // A token of Actions is a JWT after its prefix.
  /\b(?:gh[a-z]_|github_pat_)[\w-]{8,}(?:\.[\w-]+)*/g,
  /\btid=[^\s"']+/g,
];

const GITHUB_TOKEN = /^(?:gh[a-z]_|github_pat_)/;

/** Returns true for a GitHub token of any kind, by its prefix. */
export function isGitHubToken(text: string): boolean {
  return GITHUB_TOKEN.test(text);
}

/** Tells why a token from the environment is not a Copilot token; `undefined` if it may be one. */
export function acceptsCopilotToken(text: string): string | undefined {
  return isGitHubToken(text)
    ? "This is a GitHub token: set TOKENFLOW_COPILOT_GRANT to it instead."
    : undefined;
}
