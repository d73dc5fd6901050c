import { closeSync, openSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { DatabaseSync } from "node:sqlite";
import { TokenFlowError } from "@tokenflow/core";
import { createLockingStore, formatLockOwner, type LockingStore } from "@tokenflow/core/store";
import { createLease } from "./lease.ts";

export interface AcmeStoreOptions {
  /** The database file. A new one is readable only by its owner. */
  readonly path: string;
}

/**
 * Creates a store in Acme; the template uses SQLite, which you replace by your backend. A backend reads, writes and
 * deletes a text under a name, lists the names, replaces a text only if it is unchanged, and locks a name. Core adds
 * namespaces, expiry and batches.
 * @throws `store.insecure` if others can read the database
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
  const owner = formatLockOwner(hostname(), process.pid, performance.timeOrigin);

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
    // One statement each, so that no write can happen between the comparison and the write.
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

/** Makes the file readable only by its owner before it holds a secret. */
function ensurePrivate(path: string): void {
  closeSync(openSync(path, "a", 0o600));
  if (process.platform === "win32" || (statSync(path).mode & 0o077) === 0) return;
  throw new TokenFlowError("store.insecure", `Other users can read ${path}`, {
    hint: `Run: chmod 600 ${path}`,
  });
}
