import type { KeyvStorageAdapter } from "keyv";
import type { Clock } from "../base/clock.ts";
import { isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import type { Encryption, Lock, LockOptions } from "../contracts/store.ts";
import type { SessionRecord } from "../record/record.ts";
import { formatRecord, parseRecord } from "../record/record-format.ts";
import { openStoredValue } from "./stored-value.ts";

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
  /** Replaces the stored value. One that this version or key cannot read is set aside first, or deleted by `undefined`. */
  overwrite(next: SessionRecord | undefined): Promise<Snapshot>;
  /**
   * Reads the encryption's key, before a person is asked for a consent that could not be stored.
   * @throws `store.key_missing`, or why the key cannot be read
   */
  prepare(): Promise<void>;
  lock(options: LockOptions): Promise<Lock>;
  /** Returns a number to compare with the last one, which may save a `read`. `undefined`: only a read tells. */
  version(): Promise<number | undefined>;
}

export interface RecordStoreOptions {
  readonly clock: Clock;
  readonly encryption?: Encryption | undefined;
  /** The provider's `client`. A session of another one is neither read nor replaced. */
  readonly client?: string | undefined;
  /** Called after each successful write. */
  readonly onWrite?: (() => void) | undefined;
}

/** Opens one session in a store, as records. */
export function openRecordStore(
  adapter: KeyvStorageAdapter,
  key: string,
  { clock, encryption, client, onWrite }: RecordStoreOptions,
): RecordStore {
  const value = openStoredValue(adapter, key, clock);

  const open = async (raw: string): Promise<SessionRecord> => {
    const record = parseRecord(await openRaw(raw, key, encryption));
    if (client !== undefined && (record.client ?? client) !== client) throw anothersSession();
    return record;
  };

  const seal = (record: SessionRecord): Promise<string> => sealText(formatRecord(record), key, encryption);

  return {
    get owner() {
      return value.owner;
    },
    shared: value.shared,
    async read() {
      const raw = await value.read();
      return { raw, record: raw === undefined ? undefined : await open(raw) };
    },
    async replace(snapshot, next) {
      const raw = next && (await seal(next));
      if (!(await value.replace(snapshot.raw, raw))) return undefined;
      onWrite?.();
      return { raw, record: next };
    },
    async overwrite(next) {
      const raw = next && (await seal(next));
      const isKept = (error: unknown): boolean =>
        isTokenFlowError(error, "store.corrupt") || (next !== undefined && isUnreadable(error));
      await value.overwrite(raw, (stored) =>
        open(stored).then(
          () => true,
          (error: unknown) => !isKept(error),
        ),
      );
      onWrite?.();
      return { raw, record: next };
    },
    prepare: async () => encryption?.prepare?.(),
    version: value.version,
    lock: value.lock,
  };
}

/** Encrypts a text, if that is asked for. */
export async function sealText(
  text: string,
  key: string,
  encryption: Encryption | undefined,
): Promise<string> {
  return encryption ? encryption.encrypt(text, key) : text;
}

/**
 * Decrypts what a store has.
 * @throws `store.corrupt`, `store.key_missing`
 */
export async function openRaw(raw: string, key: string, encryption: Encryption | undefined): Promise<string> {
  if (encryption) return encryption.decrypt(raw, key);
  if (!raw.startsWith('{"tokenflow_encrypted"')) return raw;
  throw new TokenFlowError("store.key_missing", "The stored session is encrypted, and there is no key", {
    hint: "Configure the key that it was encrypted with.",
  });
}

/** Returns true for a session that another version, another key or another client can read. */
export function isUnreadable(error: unknown): error is TokenFlowError {
  const codes = ["store.newer", "store.key_missing", "provider.misconfigured"] as const;
  return codes.some((code) => isTokenFlowError(error, code));
}

function anothersSession(): TokenFlowError {
  return new TokenFlowError(
    "provider.misconfigured",
    "The stored session belongs to another server or client",
    { hint: "Use the issuer and client id of that session, or another account label, or sign out first." },
  );
}
