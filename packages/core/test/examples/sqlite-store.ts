/**
 * A Keyv 6 storage adapter over SQLite, without `lock` and `replace`. docs/any-keyv-adapter.md tells
 * which guarantees a session has in it.
 *
 * createTokenManager({ provider: createCopilotProvider(), store: new SqliteStore("sessions.sqlite") });
 */
import { DatabaseSync } from "node:sqlite";
import { Hookified } from "hookified";
import {
  type KeyvStorageAdapter,
  type KeyvStorageCapability,
  type KeyvStorageEntry,
  keyvStorageCapability,
} from "keyv";

export class SqliteStore extends Hookified implements KeyvStorageAdapter {
  namespace?: string | undefined;
  readonly #database: DatabaseSync;

  constructor(path: string) {
    super({ throwOnEmptyListeners: false });
    this.#database = new DatabaseSync(path);
    this.#database.exec(
      "CREATE TABLE IF NOT EXISTS sessions (key TEXT PRIMARY KEY, value TEXT, expires INTEGER)",
    );
  }

  get capabilities(): KeyvStorageCapability {
    return keyvStorageCapability(this);
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    const query = "SELECT value FROM sessions WHERE key = ? AND (expires IS NULL OR expires > ?)";
    const row = this.#database.prepare(query).get(this.#name(key), Date.now());
    return row === undefined ? undefined : JSON.parse(String(row["value"]));
  }

  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    const query = "INSERT OR REPLACE INTO sessions (key, value, expires) VALUES (?, ?, ?)";
    this.#database.prepare(query).run(this.#name(key), JSON.stringify(value), expires ?? null);
    return true;
  }

  async setMany<Value>(entries: KeyvStorageEntry<Value>[]): Promise<boolean[]> {
    return Promise.all(entries.map(({ key, value, expires }) => this.set(key, value, expires)));
  }

  async delete(key: string): Promise<boolean> {
    return this.#database.prepare("DELETE FROM sessions WHERE key = ?").run(this.#name(key)).changes > 0;
  }

  async deleteMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.delete(key)));
  }

  async has(key: string): Promise<boolean> {
    return (await this.get(key)) !== undefined;
  }

  async hasMany(keys: string[]): Promise<boolean[]> {
    return Promise.all(keys.map((key) => this.has(key)));
  }

  async getMany<Value>(keys: string[]): Promise<Array<Value | undefined>> {
    return Promise.all(keys.map((key) => this.get<Value>(key)));
  }

  async clear(): Promise<void> {
    for await (const [key] of this.iterator<unknown>()) await this.delete(String(key));
  }

  async *iterator<Value>(): AsyncGenerator<Array<string | Awaited<Value> | undefined>, void> {
    const prefix = this.#name("");
    for (const row of this.#database.prepare("SELECT key FROM sessions ORDER BY key").all()) {
      const name = String(row["key"]);
      if (!name.startsWith(prefix)) continue;
      const value = await this.get<Awaited<Value>>(name.slice(prefix.length));
      if (value !== undefined) yield [name.slice(prefix.length), value];
    }
  }

  async disconnect(): Promise<void> {
    this.#database.close();
  }

  #name(key: string): string {
    return this.namespace === undefined ? key : `${this.namespace}::${key}`;
  }
}
