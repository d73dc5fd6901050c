import { loadSecretPatterns } from "@tokenflow/common";
import { redact } from "@tokenflow/core";

/** Constant once loaded, so that every proxy of a process may share it. */
let patterns: readonly RegExp[] = [];

/** Loads the secret patterns of every bundled provider. Call it before anything is shown. */
export async function prepareRedaction(): Promise<void> {
  patterns = await loadSecretPatterns();
}

/** Hides the secrets of every bundled provider, whichever is in use. */
export function redactSecrets(text: string): string {
  return redact(text, patterns);
}
