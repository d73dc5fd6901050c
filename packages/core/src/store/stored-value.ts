import type { KeyvStorageAdapter } from "keyv";
import type { Clock } from "../base/clock.ts";
import { isTokenFlowError, TokenFlowError } from "../base/errors.ts";
import { withTimeout } from "../base/with-timeout.ts";
import { isLockingStore, type Lock, type LockOptions } from "../contracts/store.ts";
import { localLockOf } from "./memory-store.ts";
import { createOwnWrites } from "./own-writes.ts";
import { asText, corruptStored, MAX_STORED_BYTES, requireStoredSize } from "./stored-text.ts";

/** The text of one session in a storage adapter. */
export interface StoredValue {
  readonly owner: string;
  /** True if the store locks between processes. Otherwise this library locks within this process. */
  readonly shared: boolean;
  /** @throws `store.corrupt` for anything but text; `store.*` for a failure, which is never reported as a miss */
  read(): Promise<string | undefined>;
  /**
   * Writes `next` if the stored text is exactly `previous`. Returns false if it is not.
   * @throws `store.unavailable` after {@link MAX_LOSSES} in a row, so that no loop around it can spin
   */
  replace(previous: string | undefined, next: string | undefined): Promise<boolean>;
  /**
   * Replaces whatever is stored. What `isReadable` refuses is set aside first.
   * @throws `store.*` if it could not be written
   */
  overwrite(next: string | undefined, isReadable: (text: string) => Promise<boolean>): Promise<void>;
  lock(options: LockOptions): Promise<Lock>;
  /** Returns a number to compare with the last one, which may save a `read`. `undefined`: only a read tells. */
  version(): Promise<number | undefined>;
}

const ANSWER_TIMEOUT = 10_000;
/** Each loss is another writer's success, unless the adapter does not compare what it returns. */
const MAX_LOSSES = 10;
/** The keys of all that is not a session. No provider's id begins so. */
export const NOTE = "#";
/** Sessions that were set aside in a store without `quarantine`. */
const ASIDE = `${NOTE}corrupt/`;
/** A value that the store itself cannot read. */
const UNREADABLE = Symbol("unreadable");

/** Returns false for the key of a note, or of a session that was set aside. */
export function isSessionKey(key: string): boolean {
  return !key.startsWith(NOTE);
}

/** Returns true for the key of a session that was set aside. */
export function isAside(key: string): boolean {
  return key.startsWith(ASIDE);
}

/**
 * Opens one value in a store. Only this function reads and writes through storage adapters, and never through a `Keyv`
 * instance, which would pass objects to them and report a plain record as a miss.
 */
export function openStoredValue(adapter: KeyvStorageAdapter, key: string, clock: Clock): StoredValue {
  const locking = isLockingStore(adapter) ? adapter : undefined;
  const localLock = localLockOf(adapter);
  const writes = createOwnWrites(clock);
  let losses = 0;

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

  const readAnything = async (): Promise<unknown> =>
    writes.newest(asText((await ask("read", () => adapter.get<unknown>(key))) ?? undefined));

  const read = async (): Promise<string | undefined> => {
    const value = await readAnything();
    if (value === undefined) return value;
    const what = `The stored session ${key}`;
    if (typeof value !== "string") throw corruptStored("is not text", what);
    // Nobody else may have bounded it. Each character has at least a byte.
    requireStoredSize(value.length, what);
    return value;
  };

  /** Writes without a comparison. */
  const write = async (at: string, next: unknown): Promise<void> => {
    const done = await ask("write", () => (next === undefined ? adapter.delete(at) : adapter.set(at, next)));
    if (!done && next !== undefined) throw unavailable("refused to write");
  };

  const compareAndSet = async (previous: string | undefined, next: string | undefined): Promise<boolean> => {
    if (locking) return ask("write", () => locking.replace(key, previous, next));
    await using _turn = await localLock(`${key} write`, clock);
    if ((await readAnything()) !== previous) return false;
    await write(key, next);
    writes.note(previous, next);
    return true;
  };

  /** If the answer to a `replace` was lost, a read tells if it took effect. */
  const settle = async (previous: string | undefined, next: string | undefined): Promise<boolean> => {
    try {
      return await compareAndSet(previous, next);
    } catch (error) {
      const stored = await read().catch(() => previous);
      if (stored !== next || next === previous) throw error;
      if (!locking) writes.note(previous, next);
      return true;
    }
  };

  /** Moves a value to where no manager reads it, and a person can find it. */
  const setAside = async (value: unknown, isLastTry: boolean): Promise<void> => {
    const { quarantine } = locking ?? {};
    if (locking && quarantine) return ask("set the old session aside", () => quarantine.call(locking, key));
    await write(ASIDE + key, value);
    if (isLastTry || typeof value !== "string") await write(key, undefined);
    else await settle(value, undefined);
  };

  return {
    get owner() {
      return locking?.owner ?? processOwner();
    },
    shared: locking !== undefined,
    read,
    async replace(previous, next) {
      const done = await settle(previous, next);
      losses = done ? 0 : losses + 1;
      if (losses < MAX_LOSSES) return done;
      losses = 0;
      throw unavailable("compares other values than it returns");
    },
    async overwrite(next, isReadable) {
      for (let tries = 1; ; tries += 1) {
        const isLastTry = tries > MAX_LOSSES;
        const value = await readAnything().catch((error: unknown) => {
          // Some stores notice themselves that a value is corrupt.
          if (isTokenFlowError(error, "store.corrupt") && locking?.quarantine) return UNREADABLE;
          throw error;
        });
        const isText = typeof value === "string" && value.length <= MAX_STORED_BYTES;
        const text = isText && (await isReadable(value)) ? value : undefined;
        if (value !== undefined && (text === undefined || isLastTry)) await setAside(value, isLastTry);
        if (isLastTry) return write(key, next);
        if (value === text && (await settle(text, next))) return;
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

function unavailable(what: string): TokenFlowError {
  return new TokenFlowError("store.unavailable", `The store ${what}`, {
    hint: "Check that the store can be reached and written.",
  });
}
