import type { LockingStore } from "@tokenflow/core/store";
import { createFileStore } from "@tokenflow/store-file";
import { createKeychainStore } from "@tokenflow/store-keychain";
import { createRedisStore } from "@tokenflow/store-redis";

/** Where a store is, as it can be told to another process. */
export type Place =
  | { readonly kind: "file"; readonly folder: string }
  | { readonly kind: "keychain"; readonly lockFolder: string; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: "redis"; readonly url: string };

export function openStore(place: Place): LockingStore {
  switch (place.kind) {
    case "file":
      return createFileStore({ folder: place.folder });
    case "keychain":
      // The library behind the keychain finds the daemon by the process's environment.
      Object.assign(process.env, place.env);
      return createKeychainStore({ lockFolder: place.lockFolder });
    case "redis":
      return createRedisStore({ url: place.url });
  }
}
