import type { KeyvStorageAdapter } from "keyv";
import type { Clock } from "../base/clock.ts";
import { isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { withTimeout } from "../base/with-timeout.ts";
import { type Encryption, isLockingStore, type Lock, type LockOptions } from "../contracts/store.ts";
import type { SessionRecord } from "../record/record.ts";
import { formatRecord, parseRecord } from "../record/record-format.ts";
import { localLockOf } from "./memory-store.ts";

/** A record as it was read: `raw` is what `replace` compares with. */
export interface Snapshot {
  readonly raw: string | undefined;
  readonly record: SessionRecord | undefined;
}

/** One session's place in a store. */
export interface RecordStore {
  readonly owner: string;
  /** Whether the store locks among processes, or only this library within this one. */
  readonly shared: boolean;
  /** @throws `store.corrupt`, `store.newer`, `store.key_missing`, `store.insecure`, `store.unavailable`: never a miss */
  read(): Promise<Snapshot>;
  /** Writes where `snapshot` is still what is stored; answers what is stored then, or `undefined` where it was not. */
  replace(snapshot: Snapshot, next: SessionRecord | undefined): Promise<Snapshot | undefined>;
  /** Replaces whatever is stored, a record that cannot be read included, which is set aside where the store can. */
  overwrite(next: SessionRecord | undefined): Promise<Snapshot>;
  lock(options: LockOptions): Promise<Lock>;
  /** What may be compared with the last glance to spare a `read`; `undefined` where only reading tells. */
  version(): Promise<number | undefined>;
}

/** What a store of ours can do beside the contract: move an unreadable record out of the way. */
interface CanQuarantine {
  quarantine(key: string): Promise<void>;
}

const ANSWER_TIMEOUT = 10_000;

export interface RecordStoreOptions {
  readonly clock: Clock;
  readonly encryption?: Encryption | undefined;
  /** Called after each successful write. */
  readonly onWrite?: (() => void) | undefined;
}

/**
 * The one place where core calls storage adapters: directly, never through a `Keyv` instance, which would
 * hand them objects and read a plain record back as a miss. Every failure is told from a miss.
 */
export function openRecordStore(
  adapter: KeyvStorageAdapter,
  key: string,
  { clock, encryption, onWrite }: RecordStoreOptions,
): RecordStore {
  const locking = isLockingStore(adapter) ? adapter : undefined;
  const localLock = localLockOf(adapter);

  const ask = async <T>(what: string, call: () => Promise<T>): Promise<T> => {
    let emitted = false;
    const onError = (): void => {
      emitted = true;
    };
    adapter.on?.("error", onError);
    try {
      const answer = await withTimeout(call(), {
        clock,
        timeout: ANSWER_TIMEOUT,
        toleratesSleep: true,
        onTimeout: () => {
          throw unavailable(`did not ${what} within 10 s`);
        },
      });
      if (emitted && answer === undefined) throw unavailable(`failed to ${what}`);
      return answer;
    } catch (error) {
      throw isTokenFlowError(error) ? error : unavailable(`failed to ${what}`);
    } finally {
      adapter.off?.("error", onError);
    }
  };

  const readRaw = async (): Promise<string | undefined> => {
    const value: unknown = await ask("read", () => adapter.get<unknown>(key));
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string")
      throw new TokenFlowError("store.corrupt", "The stored session is not text");
    return value;
  };

  const open = async (raw: string): Promise<SessionRecord> =>
    parseRecord(encryption ? await encryption.decrypt(raw, key) : plain(raw));

  const seal = async (record: SessionRecord): Promise<string> => {
    const text = formatRecord(record);
    return encryption ? encryption.encrypt(text, key) : text;
  };

  const replaceRaw = async (previous: string | undefined, next: string | undefined): Promise<boolean> => {
    if (locking) return ask("write", () => locking.replace(key, previous, next));
    await using _turn = await localLock(`${key} write`, clock);
    if ((await readRaw()) !== previous) return false;
    const done = await ask("write", () =>
      next === undefined ? adapter.delete(key) : adapter.set(key, next),
    );
    if (!done && next !== undefined) throw unavailable("refused to write");
    return true;
  };

  /** A `replace` whose answer was lost is settled by reading. */
  const settle = async (previous: string | undefined, next: string | undefined): Promise<boolean> => {
    try {
      return await replaceRaw(previous, next);
    } catch (error) {
      const stored = await readRaw().catch(() => previous);
      if (stored === next && next !== previous) return true;
      throw error;
    }
  };

  return {
    get owner() {
      return locking?.owner ?? processOwner();
    },
    shared: locking !== undefined,
    async read() {
      const raw = await readRaw();
      return { raw, record: raw === undefined ? undefined : await open(raw) };
    },
    async replace(snapshot, next) {
      const raw = next && (await seal(next));
      if (!(await settle(snapshot.raw, raw))) return undefined;
      onWrite?.();
      return { raw, record: next };
    },
    async overwrite(next) {
      const raw = next && (await seal(next));
      for (;;) {
        const previous = await readRaw().catch((error: unknown) => {
          // Some stores see for themselves that what they hold is broken.
          if (isUnreadable(error) && canQuarantine(adapter)) return "";
          throw error;
        });
        const unreadable = previous !== undefined && (await open(previous).then(() => false, isUnreadable));
        if (unreadable && canQuarantine(adapter)) {
          await ask("set the old session aside", () => adapter.quarantine(key));
          continue;
        }
        if (!(await settle(previous, raw))) continue;
        onWrite?.();
        return { raw, record: next };
      }
    },
    version: async () => locking?.version?.(key).catch(() => undefined),
    lock: async (options) =>
      (locking ? locking.lock(key, options) : localLock(key, clock, options)).catch((error: unknown) => {
        throw isTokenFlowError(error) || options.signal?.aborted ? error : unavailable("could not be locked");
      }),
  };
}

/** Where a store names no owner: this process, for as long as it lives. */
function processOwner(): string {
  owner ??= `process/${crypto.randomUUID()}`;
  return owner;
}

/** Made at the first use: Workers make no random values while a module is loaded. */
let owner: string | undefined;

function plain(raw: string): string {
  if (!raw.startsWith('{"tokenflow_encrypted"')) return raw;
  throw new TokenFlowError("store.key_missing", "The stored session is encrypted, and no key was given", {
    hint: "Give the key that it was encrypted with.",
  });
}

function isUnreadable(error: unknown): boolean {
  return isTokenFlowError(error, "store.corrupt");
}

function canQuarantine(adapter: KeyvStorageAdapter): adapter is KeyvStorageAdapter & CanQuarantine {
  return "quarantine" in adapter && typeof adapter.quarantine === "function";
}

function unavailable(what: string): TokenFlowError {
  return new TokenFlowError("store.unavailable", `The store ${what}`, {
    hint: "Check that the store can be reached and written.",
  });
}
