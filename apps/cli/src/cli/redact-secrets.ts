import { redact } from "@tokenflow/core";
import { copilotSecretPatterns } from "@tokenflow/provider-copilot";
import { hyperSecretPatterns } from "@tokenflow/provider-hyper";

const SECRET_PATTERNS: readonly RegExp[] = [...copilotSecretPatterns, ...hyperSecretPatterns];

/** Hides the secrets of every bundled provider, whichever is in use. */
export function redactSecrets(text: string): string {
  return redact(text, SECRET_PATTERNS);
}
