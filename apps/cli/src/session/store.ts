import { type EncryptionKind, openStoreContext, type SessionStoreContext } from "@tokenflow/common";
import { isTokenFlowError } from "@tokenflow/core";
import type { Context } from "../cli/command.ts";

/** The terminals that have shown the warnings about `config.json`, which are shown only once. */
const warned = new WeakSet<Context["terminal"]>();

/**
 * Opens the store of `--store`, else of `TOKENFLOW_STORE`, else of `config.json`, else the file store.
 * @param encrypt the encryption that a sign-in asks for
 * @throws UsageError for an unknown store and for an invalid `config.json`
 */
export async function openStore(
  { store, env, terminal }: Pick<Context, "store" | "env" | "terminal">,
  encrypt?: EncryptionKind,
): Promise<SessionStoreContext> {
  const storeContext = await openStoreContext({ env, store, encrypt });
  if (!warned.has(terminal)) {
    warned.add(terminal);
    for (const warning of storeContext.config.warnings) terminal.say(`tokenflow: ${warning}`);
  }
  return storeContext;
}

/**
 * Checks before a person signs in that the session could be stored: it can be read and encrypted, and locks work.
 * @throws `store.insecure`, `store.unavailable`, `store.key_missing`
 */
export async function checkWritable({ store, encryption }: SessionStoreContext, key: string): Promise<void> {
  await store.get(key);
  await (await encryption?.())?.encrypt("", key);
  try {
    await (await store.lock(key, { timeout: 0 })).release();
  } catch (error) {
    // Another process is refreshing it, so it can be written.
    if (!isTokenFlowError(error, "store.locked")) throw error;
  }
}
