import type { KeychainStore } from "@tokenflow/store-keychain";

export async function keysOf(store: KeychainStore): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  return keys;
}
