export type { Encryption } from "../contracts/store.ts";
export { createKeyEncryption, type KeyEncryptionOptions } from "./key-encryption.ts";
export { createPassphraseEncryption, type PassphraseEncryptionOptions } from "./passphrase-encryption.ts";
