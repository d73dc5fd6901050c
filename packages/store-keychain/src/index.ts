export { type KeychainKeyOptions, keychainKey } from "./keychain-key.ts";
export { createKeychainStore, type KeychainStore, type KeychainStoreOptions } from "./keychain-store.ts";
export type { Keyring } from "./keyring.ts";
