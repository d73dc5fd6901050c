export const ENCRYPTION_KINDS = ["keychain", "env", "passphrase"] as const;

/** Where the key comes from that sessions are encrypted with. */
export type EncryptionKind = (typeof ENCRYPTION_KINDS)[number];

export function isEncryptionKind(value: unknown): value is EncryptionKind {
  return ENCRYPTION_KINDS.some((kind) => kind === value);
}
