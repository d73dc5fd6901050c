import { setImmediate } from "node:timers/promises";
import type { Keyring } from "@tokenflow/store-keychain";

export interface MapKeyring extends Keyring {
  readonly secrets: Map<string, Uint8Array>;
}

/** A keychain in memory that takes no secret over `maxBytes` and none that is empty, as Windows' does. */
export function createMapKeyring(maxBytes: number = Number.POSITIVE_INFINITY): MapKeyring {
  const secrets = new Map<string, Uint8Array>();
  return {
    secrets,
    get: async (account) => {
      await setImmediate();
      return secrets.get(account);
    },
    delete: async (account) => {
      await setImmediate();
      return secrets.delete(account);
    },
    set: async (account, secret) => {
      await setImmediate();
      if (secret.length > maxBytes || secret.length === 0) throw new Error("refused by its length");
      secrets.set(account, Uint8Array.from(secret));
    },
  };
}
