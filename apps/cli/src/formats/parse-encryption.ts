import { ENCRYPTION_KINDS, type EncryptionKind, isEncryptionKind, UsageError } from "@tokenflow/common";

/** @throws UsageError for what `--encrypt` does not know */
export function parseEncryption(text: string): EncryptionKind {
  if (isEncryptionKind(text)) return text;
  throw new UsageError(`--encrypt takes ${ENCRYPTION_KINDS.join(", ")}, not "${text}"`);
}
