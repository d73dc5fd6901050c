import { join } from "node:path";
import { hasServices, startKeychain, startRedis } from "@tokenflow/services";
import type { Place } from "./open-store.ts";

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
