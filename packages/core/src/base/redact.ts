/** Secrets that look the same for every service. A provider's `secretPatterns` describe those of one service. */
const GENERAL_PATTERNS: readonly RegExp[] = [
  /\bsk-[\w-]{8,}/g,
  /\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g,
  /\b(?:Bearer|token) [\w.~+/=:;-]{16,}/gi,
  /("?(?:access_token|refresh_token|device_code|client_secret)"?\s*[:=]\s*"?)[^\s"&,}]+/gi,
  /(\bTOKENFLOW_\w+_(?:TOKEN|GRANT)\s*[:=]\s*"?)[^\s"]+/g,
  /(\w:\/\/)[^\s"/]*(?=@)/g,
];

/**
 * Replaces what looks like a token, grant, device code or client secret with `[redacted]`.
 * A second line of defense for log lines and for errors from elsewhere: our own errors hold no secret.
 *
 * @param patterns the `secretPatterns` of the providers in use; the first capture group of a pattern is kept
 * @example
 * ```ts
 * console.error(redact(String(error), provider.secretPatterns));
 * ```
 */
export function redact(text: string, patterns: readonly RegExp[] = []): string {
  return [...patterns, ...GENERAL_PATTERNS].reduce(
    (clean, pattern) =>
      clean.replace(
        pattern.global ? pattern : new RegExp(pattern, `${pattern.flags}g`),
        (_match, kept: unknown) => `${typeof kept === "string" ? kept : ""}[redacted]`,
      ),
    text,
  );
}

/** Returns a copy whose named properties can be read, but that `JSON.stringify`, spreads and `inspect` do not show. */
export function hideProperties<T extends object>(value: T, ...names: readonly (keyof T)[]): T {
  const copy = { ...value };
  for (const name of names) {
    const secret = value[name];
    Object.defineProperty(copy, name, { get: () => secret, enumerable: false });
  }
  return copy;
}
