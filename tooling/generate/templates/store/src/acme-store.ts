import { closeSync, openSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { TokenFlowError } from "@tokenflow/core";
import { createLockingStore, type LockingStore } from "@tokenflow/core/store";
import { createLease } from "./lease.ts";

export interface AcmeStoreOptions {
  /** The database, which is made where there is none, for its owner alone. */
  readonly path: string;
}

/**
 * Sessions in Acme, which is SQLite until you put your medium in its place. A medium has to be able to read,
 * write and delete a text under a name, to list the names, to replace a text only where it still is what was
 * read, and to lend a lock. Namespaces, expiry and batches are core's.
 * @throws `store.insecure` where others can read the database
 */
export function createAcmeStore({ path }: AcmeStoreOptions): LockingStore {
  ensurePrivate(path);
  const database = new DatabaseSync(path, { timeout: 5_000 });
  database.exec("CREATE TABLE IF NOT EXISTS sessions (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT");
  const read = database.prepare("SELECT value FROM sessions WHERE name = ?");
  const write = database.prepare("INSERT OR REPLACE INTO sessions (name, value) VALUES (?, ?)");
  const add = database.prepare("INSERT OR IGNORE INTO sessions (name, value) VALUES (?, ?)");
  const change = database.prepare("UPDATE sessions SET value = ? WHERE name = ? AND value = ?");
  const remove = database.prepare("DELETE FROM sessions WHERE name = ?");
  const removeExact = database.prepare("DELETE FROM sessions WHERE name = ? AND value = ?");
  const list = database.prepare("SELECT name FROM sessions ORDER BY name");
  const owner = `${hostname()}/${process.pid}/${Math.round(performance.timeOrigin)}`;

  return createLockingStore({
    owner,
    lock: createLease(database, owner),
    async get(name) {
      const row = read.get(name);
      return row === undefined ? undefined : String(row["value"]);
    },
    async set(name, value) {
      write.run(name, value);
    },
    async delete(name) {
      return remove.run(name).changes > 0;
    },
    // One statement each, so that nobody comes between the comparison and the write.
    async replace(name, previous, next) {
      if (previous === next) return read.get(name)?.["value"] === previous;
      if (next === undefined) return removeExact.run(name, previous ?? null).changes > 0;
      if (previous === undefined) return add.run(name, next).changes > 0;
      return change.run(next, name, previous).changes > 0;
    },
    async *names() {
      for (const row of list.all()) yield String(row["name"]);
    },
    async disconnect() {
      database.close();
    },
  });
}

/** What lies in there opens somebody's account: made for its owner alone before anything is in it. */
function ensurePrivate(path: string): void {
  closeSync(openSync(path, "a", 0o600));
  if (process.platform === "win32" || (statSync(path).mode & 0o077) === 0) return;
  throw new TokenFlowError("store.insecure", `${path} can be read by others`, {
    hint: `Run: chmod 600 ${path}`,
  });
}
