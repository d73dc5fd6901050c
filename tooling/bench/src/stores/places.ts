import { join } from "node:path";
import type { LockingStore } from "@tokenflow/core";
import { hasServices, startKeychain, startRedis } from "@tokenflow/services";
import { createFileStore } from "@tokenflow/store-file";
import { createKeychainStore } from "@tokenflow/store-keychain";
import { createRedisStore } from "@tokenflow/store-redis";

/** Where a store is, as it can be told to another process. */
export type Place =
  | { readonly kind: "file"; readonly folder: string }
  | { readonly kind: "keychain"; readonly lockFolder: string; readonly env: Readonly<Record<string, string>> }
  | { readonly kind: "redis"; readonly url: string };

export const TITLES: Readonly<Record<Place["kind"], string>> = {
  file: "store-file, on this disk",
  keychain: "store-keychain, gnome-keyring",
  redis: "store-redis, on loopback",
};

/** The real thing behind each store, where it is installed. */
export async function startPlaces(
  folder: string,
  say: (step: string) => void,
): Promise<AsyncDisposable & { readonly places: readonly Place[] }> {
  const cleanup = new AsyncDisposableStack();
  const places: Place[] = [{ kind: "file", folder: join(folder, "sessions") }];
  if (hasServices("gnome-keyring-daemon", "dbus-run-session")) {
    const { env } = cleanup.use(await startKeychain(folder));
    places.push({ kind: "keychain", lockFolder: join(folder, "locks"), env });
  } else say("no keychain: install gnome-keyring and dbus");
  if (hasServices("redis-server")) {
    const { url } = cleanup.use(await startRedis());
    places.push({ kind: "redis", url });
  } else say("no Redis: install redis-server");
  return { places, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}

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
