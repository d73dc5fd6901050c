import { Hookified } from "hookified";
import type { KeyvStorageCapability, KeyvStorageEntry } from "keyv";
import { isJsonObject, parseJson } from "../base/json.ts";
import type { Lock, LockingStore, LockOptions } from "../contracts/store.ts";

/** What a backend must be able to do; {@link createLockingStore} makes a Keyv adapter of it. */
export interface StoreBackend {
  /** `host/pid/start` of this process. */
  readonly owner: string;
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  /** Answers whether there was something to delete. */
  delete(name: string): Promise<boolean>;
  replace(name: string, previous: string | undefined, next: string | undefined): Promise<boolean>;
  lock(name: string, options: LockOptions): Promise<Lock>;
  /** As the store's; left out where reading is as cheap. */
  version?(name: string): Promise<number>;
  /** Every stored name. */
  names(): AsyncIterable<string>;
  disconnect?(): Promise<void>;
}

export interface LockingStoreOptions {
  /** Wall-clock time, for Keyv's `expires`. @default Date.now */
  readonly now?: (() => number) | undefined;
}

const SEPARATOR = "::";
const ENVELOPE = "tokenflow_keyv";

const asynchronous = { exists: true, methodType: "async" } as const;

/**
 * What Keyv's `keyvStorageCapability` finds in the class below. Said here, since it takes all of Keyv to ask
 * it, and it knows asynchronous functions by what a build may have made of them.
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

/** A Keyv 6 storage adapter over a backend: namespaces, absolute expiry and batches stand here once for all stores. */
export function createLockingStore(
  backend: StoreBackend,
  { now = Date.now }: LockingStoreOptions = {},
): LockingStore {
  return new LockingStoreAdapter(backend, now);
}

class LockingStoreAdapter extends Hookified implements LockingStore {
  namespace?: string | undefined;
  readonly owner: string;
  readonly #backend: StoreBackend;
  readonly #now: () => number;

  constructor(backend: StoreBackend, now: () => number) {
    super({ throwOnEmptyListeners: false });
    this.owner = backend.owner;
    this.#backend = backend;
    this.#now = now;
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

/** A string without an expiry is stored as it is, so that a session's file can be read by anyone; all else in an envelope. */
function pack(value: unknown, expires: number | undefined): string {
  if (typeof value === "string" && expires === undefined && !value.startsWith(`{"${ENVELOPE}":`))
    return value;
  return JSON.stringify({ [ENVELOPE]: 1, ...(expires === undefined ? {} : { expires }), value });
}
