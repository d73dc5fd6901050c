/** What the secrets of the services that we know look like. */
const SECRETS = [
  /\b(?:gh[a-z]_|github_pat_|sk-)[\w-]{8,}/g,
  /\btid=[^\s"']+/g,
  /\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g,
  /\b(?:Bearer|token) [\w.~+/=:;-]{16,}/gi,
  /("?(?:access_token|refresh_token|device_code|client_secret)"?\s*[:=]\s*"?)[^\s"&,}]+/gi,
  /(\/device\/auth\/)[^\s"'/?]+/g,
];

/**
 * Takes out what looks like a token, grant, device code or client secret: a second fence for log lines and
 * for the text of errors that are not ours. Our own hold no secret to begin with.
 */
export function redact(text: string): string {
  return SECRETS.reduce(
    (clean, secret) =>
      clean.replace(secret, (_match, kept: unknown) => `${typeof kept === "string" ? kept : ""}[redacted]`),
    text,
  );
}
