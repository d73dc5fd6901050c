import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { createSafeFolder } from "@tokenflow/file-lock";
import { fileName } from "./file-name.ts";
import { createSecureFiles } from "./secure-files.ts";
import { FALLBACK_HINT } from "./session-folder.ts";
import { syncFileSystem } from "./sync-file-system.ts";

/** A session as it is stored, and where it was read. */
export interface StoredSession {
  readonly stored: string;
  /** This host, as it stands in records. */
  readonly host: string;
}

/**
 * What a file store over `folder` holds for `key`, by the same checks, for a process that only wants to look:
 * it loads neither the store nor the thread pool. `undefined` where there is nothing.
 * @throws `store.insecure`, `store.unavailable`
 */
export async function readSession(folder: string, key: string): Promise<StoredSession | undefined> {
  const safeFolder = createSafeFolder(resolve(folder), { elsewhere: FALLBACK_HINT, fs: syncFileSystem });
  const files = createSecureFiles(safeFolder);
  const stored = await files.read(join(resolve(folder), `${fileName(key)}.json`));
  return stored === undefined ? undefined : { stored, host: hostname() };
}
