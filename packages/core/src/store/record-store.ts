import type { KeyvStorageAdapter } from "keyv";
import type { Clock } from "../base/clock.ts";
import { isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { withTimeout } from "../base/with-timeout.ts";
import { type Encryption, isLockingStore, type Lock, type LockOptions } from "../contracts/store.ts";
import type { SessionRecord } from "../record/record.ts";
import { formatRecord, parseRecord } from "../record/record-format.ts";
import { localLockOf } from "./memory-store.ts";

/** A record as it was read. `replace` compares with `raw`. */
export interface Snapshot {
  readonly raw: string | undefined;
  readonly record: SessionRecord | undefined;
}

/** Access to one session in a store. */
export interface RecordStore {
  readonly owner: string;
  /** True if the store locks between processes. Otherwise this library locks within this process. */
  readonly shared: boolean;
  /**
   * Reads the record. A failure is never reported as a miss.
   * @throws `store.corrupt`, `store.newer`, `store.key_missing`, `store.insecure`, `store.unavailable`
   */
  read(): Promise<Snapshot>;
  /** Writes `next` if the stored value is still `snapshot`. Returns the new snapshot, or `undefined` if it was not. */
  replace(snapshot: Snapshot, next: SessionRecord | undefined): Promise<Snapshot | undefined>;
  /** Replaces the stored value, even one that cannot be read. A store with `quarantine` keeps an unreadable one. */
  overwrite(next: SessionRecord | undefined): Promise<Snapshot>;
  lock(options: LockOptions): Promise<Lock>;
  /** Returns a number to compare with the last one, which may save a `read`. `undefined`: only a read tells. */
  version(): Promise<number | undefined>;
}

/** A capability of our own stores beside the contract: they can move an unreadable record away. */
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
 * Opens one session in a store. Only this function calls storage adapters, and never through a `Keyv` instance, which
 * would pass objects to them and report a plain record as a miss. No failure is reported as a miss.
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

  /** If the answer to a `replace` was lost, a read tells if it took effect. */
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
          // Some stores notice themselves that a value is corrupt.
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

/** The owner for stores without one: it identifies this process. */
function processOwner(): string {
  owner ??= `process/${crypto.randomUUID()}`;
  return owner;
}

/** Created at the first use, since Workers create no random values while a module loads. */
let owner: string | undefined;

function plain(raw: string): string {
  if (!raw.startsWith('{"tokenflow_encrypted"')) return raw;
  throw new TokenFlowError("store.key_missing", "The stored session is encrypted, and there is no key", {
    hint: "Configure the key that it was encrypted with.",
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
