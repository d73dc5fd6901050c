import { constants } from "node:fs";
import { join } from "node:path";
import { type Clock, TokenFlowError } from "@tokenflow/core";
import { type Lock, type LockOptions, systemCode } from "@tokenflow/core/store";
import { acquire, isTaken } from "./fair-queue.ts";
import { fileError, isAbsent } from "./file-errors.ts";
import type { OpenFile } from "./file-system.ts";
import { holderNote, lockedError } from "./holder.ts";
import { loadNativeTryLock, type TryLock } from "./native-try-lock.ts";
import type { SafeFolder } from "./safe-folder.ts";

/** The first and the longest pause between tries, in milliseconds. */
export type Pauses = readonly [first: number, max: number];

export interface FileLockOptions extends LockOptions {
  /** The longest wait for another holder, in milliseconds. 0 tries once. @default 45_000 @example 0 */
  readonly timeout?: number | undefined;
  /** The first and the longest pause between tries, in milliseconds. @default [25, 250] @example [5, 50] */
  readonly pauses?: Pauses | undefined;
  /** The name of the file that is locked. @example "session.lock" */
  readonly file: string;
  /** The name of the note beside it, which names the holder of the lock. @example "session.holder" */
  readonly holderFile: string;
  /** `false` if the note belongs to another lock and must not be written. @default true @example false */
  readonly writesHolderFile?: boolean | undefined;
  /** The subject of the error message. @example "The session copilot/default" */
  readonly what: string;
}

/**
 * Waits for a lock.
 * @throws `store.locked` after the timeout, with a hint that names the holder
 * @throws `store.unavailable`, `store.insecure` if no lock is possible
 */
export type FileLock = (options: FileLockOptions) => Promise<Lock>;

export interface CreateFileLockOptions {
  /** The folder of the locked files. @example createSafeFolder(path, { fallbackHint, fs }) */
  readonly folder: SafeFolder;
  /** The clock of all waits. @example systemClock */
  readonly clock: Clock;
  /**
   * Loads the kernel lock. It is called for every lock.
   * @default `fs-native-extensions`, loaded for the first one
   * @example async () => tryLock
   */
  readonly loadTryLock?: (() => Promise<TryLock>) | undefined;
}

const DEFAULT_TIMEOUT = 45_000;
const DEFAULT_PAUSES: Pauses = [25, 250];

/**
 * Creates kernel locks on empty files. The kernel releases a lock when its holder dies.
 *
 * A lock belongs to the open file (OFD locks on Linux, `flock` on macOS, `LockFileEx` on Windows), so it also separates
 * two callers of one process. The queue in front of it adds fairness and a hand-over without a pause. The lock is
 * polled: the module's `waitForLock` cannot be aborted, and would occupy the threads that the holder's own file calls
 * need.
 */
export function createFileLock({
  folder,
  clock,
  loadTryLock = loadNativeTryLock,
}: CreateFileLockOptions): FileLock {
  const openLock = (path: string): Promise<OpenFile> =>
    folder.attempt("locked", path, async () => {
      await folder.make();
      return folder.open(path, constants.O_RDWR | constants.O_CREAT);
    });

  /** Tries to lock the open file. Returns `gone` if it is no longer the file at its path. */
  const tryOnce = async (
    path: string,
    file: OpenFile,
    tryLock: TryLock,
  ): Promise<"locked" | "held" | "gone"> => {
    try {
      if (!isLocked(tryLock, file)) return "held";
      // The whole folder may have been removed after the file was opened.
      return (await folder.fs.stat(path)).ino === (await file.stat()).ino ? "locked" : "gone";
    } catch (error) {
      if (isAbsent(error)) return "gone";
      throw lockError(error, path, folder.fallbackHint);
    }
  };

  return async (options) => {
    const {
      signal,
      timeout = DEFAULT_TIMEOUT,
      pauses: [first, max] = DEFAULT_PAUSES,
      writesHolderFile = true,
    } = options;
    const path = join(folder.path, options.file);
    const holderFile = join(folder.path, options.holderFile);
    const locked = (): Promise<TokenFlowError> =>
      lockedError(options.what, () => folder.readHolderFile(holderFile));

    const take = async (): Promise<() => Promise<void>> => {
      signal?.throwIfAborted();
      const tryLock = await loadTryLock();
      if (timeout <= 0 && isTaken(path)) throw await locked();

      const overdue = new AbortController();
      const done = new AbortController();
      const ended = signal ? AbortSignal.any([signal, overdue.signal]) : overdue.signal;
      const expire = (): void => overdue.abort();
      if (timeout > 0) void clock.sleep(timeout, { signal: done.signal }).then(expire, () => undefined);
      try {
        const release = await acquire(path, ended);
        // The file stays open between tries, so that a try is one call that does not wait.
        let file: OpenFile | undefined;
        try {
          for (let pause = first; ; pause = Math.min(pause * 2, max)) {
            file ??= await openLock(path);
            const found = await tryOnce(path, file, tryLock);
            if (found === "locked" && !signal?.aborted) {
              const lockedFile = file;
              return async () => {
                await close(lockedFile);
                release();
              };
            }
            if (found !== "held") {
              await close(file);
              file = undefined;
            }
            if (timeout <= 0) expire();
            ended.throwIfAborted();
            await clock.sleep(Math.round(first + Math.random() * (pause - first)), { signal: ended });
          }
        } catch (error) {
          if (file) await close(file);
          release();
          throw error;
        }
      } catch (error) {
        throw error === overdue.signal.reason ? await locked() : error;
      } finally {
        done.abort();
      }
    };

    const unlock = await take();
    if (writesHolderFile) await folder.writeHolderFile(holderFile, holderNote(clock.now()));
    let held = true;
    const release = async (): Promise<void> => {
      if (!held) return;
      held = false;
      if (writesHolderFile) await folder.writeHolderFile(holderFile, undefined);
      await unlock();
    };
    // A kernel lock is never lost, so the signal never fires.
    const { signal: lost } = new AbortController();
    return { signal: lost, held: () => held, release, [Symbol.asyncDispose]: release };
  };
}

/** For a held lock Linux and macOS answer EAGAIN, and Windows EBUSY. */
function isLocked(tryLock: TryLock, file: OpenFile): boolean {
  try {
    return tryLock(file.fd);
  } catch (error) {
    if (["EAGAIN", "EBUSY"].includes(systemCode(error) ?? "")) return false;
    throw error;
  }
}

const NO_LOCK_SUPPORT: ReadonlySet<string> = new Set(["ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"]);

function lockError(error: unknown, path: string, fallbackHint: string): TokenFlowError {
  const code = systemCode(error) ?? "";
  if (!NO_LOCK_SUPPORT.has(code)) return fileError(error, "locked", path, fallbackHint);
  return new TokenFlowError(
    "store.unavailable",
    `The file system of ${path} does not support locks (${code})`,
    {
      reason: code,
      hint: fallbackHint,
    },
  );
}

/** The lock ends with the open file, which is closed even if `close` fails. */
async function close(file: OpenFile): Promise<void> {
  await file.close().catch(() => undefined);
}
