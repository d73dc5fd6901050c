import { join } from "node:path";
import type { LockingStore } from "@tokenflow/core/store";
import { hasServices, startKeychain, startRedis } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import { createKeychainStore } from "@tokenflow/store-keychain";
import { createRedisStore } from "@tokenflow/store-redis";

/** The address of a store, in a form that other processes can be given. */
export type StoreAddress = { readonly title: string } & (
  | { readonly kind: "file"; readonly folder: string }
  | { readonly kind: "keychain"; readonly lockFolder: string; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: "redis"; readonly url: string }
);

export function openStore(address: StoreAddress): LockingStore {
  switch (address.kind) {
    case "file":
      return createFileStore({ folder: address.folder });
    case "keychain":
      // The keychain library finds its daemon through the process's environment.
      Object.assign(process.env, address.env);
      return createKeychainStore({ lockFolder: address.lockFolder });
    case "redis":
      return createRedisStore({ url: address.url });
  }
}

/** Starts the service of each store, if it is installed. */
export async function startStores(
  folder: string,
): Promise<AsyncDisposable & { readonly stores: readonly StoreAddress[] }> {
  const cleanup = new AsyncDisposableStack();
  const stores: StoreAddress[] = [
    { kind: "file", title: "store-file, on this disk", folder: join(folder, "sessions") },
  ];
  if (hasServices("gnome-keyring-daemon", "dbus-run-session")) {
    const { env } = cleanup.use(await startKeychain(folder));
    const title = "store-keychain, gnome-keyring";
    stores.push({ kind: "keychain", title, lockFolder: join(folder, "locks"), env });
  }
  if (hasServices("redis-server")) {
    const { url } = cleanup.use(await startRedis());
    stores.push({ kind: "redis", title: "store-redis, on loopback", url });
  }
  return { stores, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}
