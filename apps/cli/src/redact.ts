/** What the secrets of the services that we know look like. */
const SECRETS = [
  /\b(?:gh[a-z]_|github_pat_|sk-)[\w-]{8,}/g,
  /\btid=[^\s"']+/g,
  /\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g,
  /\b(?:Bearer|token) [\w.~+/=:;-]{16,}/gi,
];

/**
 * A second fence for the text of errors that are not ours and so may hold anything.
 * Our own never hold a secret to begin with.
 */
export function redact(text: string): string {
  return SECRETS.reduce((clean, secret) => clean.replace(secret, "[redacted]"), text);
}
