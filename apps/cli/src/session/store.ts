import {
  configPath,
  type EncryptionKind,
  openStoreContext,
  type SessionStoreContext,
  shortenHome,
} from "@tokenflow/common";
import { isTokenFlowError } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";

/** Who was told what the configuration does not know; once is enough. */
const told = new WeakSet<Context["terminal"]>();

/**
 * Opens the store that is meant: `--store`, else `TOKENFLOW_STORE`, else the choice in `config.json`, else files.
 * @param encrypt how a sign-in wants its session encrypted
 * @throws UsageError for a store that does not exist, and for a broken `config.json`
 */
export async function openStore(
  { store, env, terminal }: Pick<Context, "store" | "env" | "terminal">,
  encrypt?: EncryptionKind,
): Promise<SessionStoreContext> {
  const place = await openStoreContext({ env, store, encrypt });
  if (!told.has(terminal)) {
    told.add(terminal);
    const file = shortenHome(configPath(place.folder));
    for (const remark of place.config.warnings) terminal.say(`tokenflow: ${file} ${remark}`);
  }
  return place;
}

/**
 * Finds out before a person is troubled whether a session could be kept: it can be read, and the lock's file made.
 * @throws `store.insecure`, `store.unavailable`, `store.key_missing`
 */
export async function proveWritable({ store, encryption }: SessionStoreContext, key: string): Promise<void> {
  await store.get(key);
  await (await encryption?.())?.encrypt("", key);
  try {
    await (await store.lock(key, { timeout: 0 })).release();
  } catch (error) {
    // Somebody is refreshing it, so it can be written.
    if (!isTokenFlowError(error, "store.locked")) throw error;
  }
}
