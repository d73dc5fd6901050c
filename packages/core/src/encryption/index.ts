export type { Encryption } from "../contracts/store.ts";
export { createKeyEncryption, type KeyEncryptionOptions, type KeySource } from "./key-encryption.ts";
export { createPassphraseEncryption, type PassphraseEncryptionOptions } from "./passphrase-encryption.ts";
export {
  type RotateSessionsOptions,
  type RotateSessionsResult,
  rotateSessions,
} from "./rotate-sessions.ts";
