import { type LockingStore, sessionKey } from "@tokenflow/core/store";

/** A session, by its provider's id and the caller's label. */
export interface SessionName {
  readonly provider: string;
  readonly account: string;
}

export const DEFAULT_ACCOUNT = "default";

export function keyOf({ provider, account }: SessionName): string {
  return sessionKey(provider, account);
}

/** Returns every session in the store, sorted by key. */
export async function listSessions({
  store,
}: {
  readonly store: LockingStore;
}): Promise<readonly SessionName[]> {
  const names: SessionName[] = [];
  for await (const key of store.keys()) {
    const [provider, ...account] = key.split("/");
    // What begins so is no session: a note, or what was set aside.
    if (provider && !provider.startsWith("#") && account.length > 0)
      names.push({ provider, account: account.join("/") });
  }
  // One order for everybody: some languages sort "ch" after "h".
  return names.sort((a, b) => keyOf(a).localeCompare(keyOf(b), "en"));
}
