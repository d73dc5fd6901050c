import type { LockingStore } from "@tokenflow/core";
import { UsageError } from "./usage-error.ts";

/**
 * Opens the store that an address names; only that one is loaded. Disconnect it.
 * @throws UsageError for an address that names none
 */
export async function openStore(address = "file"): Promise<LockingStore> {
  if (address === "file") return (await import("@tokenflow/store-file")).createFileStore();
  if (address === "keychain") return (await import("@tokenflow/store-keychain")).createKeychainStore();
  if (/^rediss?:\/\//.test(address)) {
    return (await import("@tokenflow/store-redis")).createRedisStore({ url: address });
  }
  // Without the address: it may hold a password.
  throw new UsageError("there is no such store", "Stores: file, keychain, redis://…, rediss://…");
}
