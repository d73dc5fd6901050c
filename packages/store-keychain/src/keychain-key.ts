import { randomBytes } from "node:crypto";
import { type Clock, TokenFlowError } from "@tokenflow/core";
import { systemClock } from "@tokenflow/core/store";
import { createKeychainLock, lockFolder } from "./keychain-lock.ts";
import { createSystemKeyring, type Keyring } from "./keyring.ts";
import { createWriteLock } from "./write-lock.ts";

export interface KeychainKeyOptions {
  /** @default "tokenflow-key" */
  readonly service?: string | undefined;
  /** Tells several keys of one service apart. @default "default" */
  readonly account?: string | undefined;
  /** How long one call to the keychain may take, in milliseconds. @default 5000 */
  readonly timeout?: number | undefined;
  /** As for the store. @default `~/.tokenflow/locks` */
  readonly lockFolder?: string | undefined;
  readonly clock?: Clock | undefined;
  /** @default the system's, by `@napi-rs/keyring` in a thread */
  readonly keyring?: Keyring | undefined;
}

const KEY_BYTES = 32;

/**
 * The keychain as the source of the key that encrypts sessions in another store. The first one to ask makes
 * 32 random bytes; all others, in whatever process, get the same.
 * @example
 * createTokenManager({ provider, store, encryption: createKeyEncryption({ key: keychainKey() }) })
 */
export function keychainKey(options: KeychainKeyOptions = {}): () => Promise<Uint8Array> {
  const { service = "tokenflow-key", account = "default", timeout = 5000, clock = systemClock } = options;
  return async () => {
    const { keyring = createSystemKeyring({ service, timeout, clock }) } = options;
    const stored = await keyring.get(account);
    if (stored) return stored;
    const fileLock = createKeychainLock(options.lockFolder ?? lockFolder(), clock);
    return createWriteLock(
      fileLock,
      service,
      keyring,
    )(async () => {
      const made = await keyring.get(account);
      if (made) return made;
      await keyring.set(account, randomBytes(KEY_BYTES));
      // What cannot be read back must not encrypt anything.
      const key = await keyring.get(account);
      if (key) return key;
      throw new TokenFlowError("store.unavailable", "The keychain did not keep the encryption key", {
        hint: "Check that the keychain can be written.",
      });
    });
  };
}
