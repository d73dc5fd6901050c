import { randomBytes } from "node:crypto";
import { type Clock, TokenFlowError } from "@tokenflow/core";
import { systemClock } from "@tokenflow/core/store";
import { createKeychainLock, lockFolder } from "./keychain-lock.ts";
import { createSystemKeyring, type Keyring } from "./keyring.ts";
import { createWriteLock } from "./write-lock.ts";

export interface KeychainKeyOptions {
  /** The name under which the keychain shows the key. @default "tokenflow-key" @example "my-app-key" */
  readonly service?: string | undefined;
  /** The name of one of several keys of a service. @default "default" @example "work" */
  readonly account?: string | undefined;
  /** The longest time that one call to the keychain may take, in milliseconds. @default 5000 @example 30_000 */
  readonly timeout?: number | undefined;
  /** The folder of the locks, as for the store. @default `~/.tokenflow/locks` @example "/var/lib/my-app/locks" */
  readonly lockFolder?: string | undefined;
  /** Tells the time. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
  /**
   * Reads and writes secrets.
   * @default the system's keychain, by `@napi-rs/keyring` in a thread
   * @example memoryKeyring
   */
  readonly keyring?: Keyring | undefined;
}

const KEY_BYTES = 32;

/**
 * Returns a source of the key that encrypts sessions in another store. The first caller generates 32 random bytes in
 * the keychain; all later callers, in any process, get the same.
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
      const existing = await keyring.get(account);
      if (existing) return existing;
      await keyring.set(account, randomBytes(KEY_BYTES));
      // A key that cannot be read back must not encrypt anything.
      const key = await keyring.get(account);
      if (key) return key;
      throw new TokenFlowError("store.unavailable", "The keychain did not store the encryption key", {
        hint: "Check that the keychain is writable.",
      });
    });
  };
}
