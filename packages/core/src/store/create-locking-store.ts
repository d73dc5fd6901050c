import { Hookified } from "hookified";
import type { KeyvStorageCapability, KeyvStorageEntry } from "keyv";
import { isJsonObject, parseJson } from "../base/json.ts";
import type { Lock, LockingStore, LockOptions } from "../contracts/store.ts";

/** The operations of a backend. {@link createLockingStore} makes a Keyv adapter of them. */
export interface StoreBackend {
  /** `host/pid/start` of this process. */
  readonly owner: string;
  /** Reads a value. A failure rejects: `undefined` means that nothing is stored. */
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  /** Deletes a value. Returns true if there was one. */
  delete(name: string): Promise<boolean>;
  /** Writes `next` if the stored value is exactly `previous`. `undefined` means absent. */
  replace(name: string, previous: string | undefined, next: string | undefined): Promise<boolean>;
  lock(name: string, options: LockOptions): Promise<Lock>;
  /** As the store's `version`. Leave it out if a read costs as little. */
  version?(name: string): Promise<number>;
  /** As the store's `quarantine`. Leave it out if `get` returns every value, and `set` accepts every name. */
  quarantine?(name: string): Promise<void>;
  /** Lists the names of all stored values. */
  names(): AsyncIterable<string>;
  disconnect?(): Promise<void>;
}

export interface LockingStoreOptions {
  /** Wall-clock time, for Keyv's `expires`. @default Date.now @example () => clock.now() */
  readonly now?: (() => number) | undefined;
}

const SEPARATOR = "::";
const ENVELOPE = "tokenflow_keyv";

const asynchronous = { exists: true, methodType: "async" } as const;

/**
 * The result of Keyv's `keyvStorageCapability` for the class below. It is written down here, since that function
 * would load all of Keyv, and recognizes asynchronous functions by their source, which a build may have changed.
 */
const CAPABILITIES: KeyvStorageCapability = {
  compatible: true,
  store: "keyvStorage",
  expires: true,
  methods: {
    get: asynchronous,
    getMany: asynchronous,
    has: asynchronous,
    hasMany: asynchronous,
    set: asynchronous,
    setMany: asynchronous,
    delete: asynchronous,
    deleteMany: asynchronous,
    clear: asynchronous,
    disconnect: asynchronous,
    iterator: { exists: true, methodType: "sync" },
  },
};

/** Creates a Keyv 6 storage adapter over a backend. It adds namespaces, absolute expiry and batches. */
export function createLockingStore(
  backend: StoreBackend,
  { now = Date.now }: LockingStoreOptions = {},
): CreatedStore {
  return new LockingStoreAdapter(backend, now);
}

/** A store over a backend. */
export interface CreatedStore extends LockingStore {
  /** Ends what the backend keeps open. Does nothing for a backend without `disconnect`. */
  disconnect(): Promise<void>;
}

class LockingStoreAdapter extends Hookified implements CreatedStore {
  namespace?: string | undefined;
  readonly owner: string;
  readonly quarantine?: (key: string) => Promise<void>;
  readonly #backend: StoreBackend;
  readonly #now: () => number;

  constructor(backend: StoreBackend, now: () => number) {
    super({ throwOnEmptyListeners: false });
    this.owner = backend.owner;
    this.#backend = backend;
    this.#now = now;
    if (backend.quarantine) this.quarantine = async (key) => backend.quarantine?.(this.#name(key));
  }

  get capabilities(): KeyvStorageCapability {
    return CAPABILITIES;
  }

  async get<Value>(key: string): Promise<Value | undefined> {
    const stored = await this.#backend.get(this.#name(key));
    return stored === undefined ? undefined : (this.#unpack(stored) as Value | undefined);
  }

  async set(key: string, value: unknown, expires?: number): Promise<boolean> {
    await this.#backend.set(this.#name(key), pack(value, expires));
    return true;
  }

  async setMany<Value>(entries: KeyvStorageEntry<Value>[]): Promise<boolean[]> {
    return Promise.all(entries.map(({ key, value, expires }) => this.set(key, value, expires)));
  }

  async delete(key: string): Promise<boolean> {
    return this.#backend.delete(this.#name(key));
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
    for await (const key of this.keys()) await this.delete(key);
  }

  async *keys(): AsyncGenerator<string, void> {
    const prefix = this.#prefix();
    for await (const name of this.#backend.names()) {
      if (name.startsWith(prefix)) yield name.slice(prefix.length);
    }
  }

  async *iterator<Value>(): AsyncGenerator<Array<string | Awaited<Value> | undefined>, void> {
    for await (const key of this.keys()) {
      const value = await this.get<Value>(key);
      if (value !== undefined) yield [key, value];
    }
  }

  async disconnect(): Promise<void> {
    await this.#backend.disconnect?.();
  }

  async replace(key: string, previous: string | undefined, next: string | undefined): Promise<boolean> {
    return this.#backend.replace(this.#name(key), previous, next);
  }

  async lock(key: string, options: LockOptions = {}): Promise<Lock> {
    return this.#backend.lock(this.#name(key), options);
  }

  async version(key: string): Promise<number | undefined> {
    return this.#backend.version?.(this.#name(key));
  }

  #prefix(): string {
    return this.namespace === undefined ? "" : `${this.namespace}${SEPARATOR}`;
  }

  #name(key: string): string {
    return this.#prefix() + key;
  }

  #unpack(stored: string): unknown {
    if (!stored.startsWith(`{"${ENVELOPE}":1`)) return stored;
    const envelope = parseJson(stored);
    if (!isJsonObject(envelope)) return stored;
    const { expires, value } = envelope;
    return typeof expires === "number" && expires <= this.#now() ? undefined : value;
  }
}

/** Stores a string without an expiry unchanged, so that other programs can read a session's file. Everything else gets an envelope. */
function pack(value: unknown, expires: number | undefined): string {
  if (typeof value === "string" && expires === undefined && !value.startsWith(`{"${ENVELOPE}":`))
    return value;
  return JSON.stringify({ [ENVELOPE]: 1, expires, value });
}
