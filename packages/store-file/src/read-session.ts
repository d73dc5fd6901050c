import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { createSafeFolder } from "@tokenflow/file-lock";
import { fileName } from "./file-name.ts";
import { createSecureFiles } from "./secure-files.ts";
import { FALLBACK_HINT } from "./session-folder.ts";
import { syncFileSystem } from "./sync-file-system.ts";

/** A session in its stored form. */
export interface StoredSession {
  readonly stored: string;
  /** The name of this host, as in records. */
  readonly host: string;
}

/**
 * Reads a session from the folder of a file store, with the same checks, for a process that only reads: it loads
 * neither the store nor the thread pool. Returns `undefined` if there is no session.
 * @throws `store.insecure`, `store.unavailable`
 */
export async function readSession(folder: string, key: string): Promise<StoredSession | undefined> {
  const safeFolder = createSafeFolder(resolve(folder), { fallbackHint: FALLBACK_HINT, fs: syncFileSystem });
  const files = createSecureFiles(safeFolder);
  const stored = await files.read(join(resolve(folder), `${fileName(key)}.json`));
  return stored === undefined ? undefined : { stored, host: hostname() };
}
