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

/** How far apart tries are at first and at most, in milliseconds. */
export type Pauses = readonly [first: number, most: number];

export interface FileLockOptions extends LockOptions {
  /** In milliseconds; 0 tries once. @default 45_000 */
  readonly timeout?: number | undefined;
  /** @default [25, 250] */
  readonly pauses?: Pauses | undefined;
  /** The name of the file that is locked. */
  readonly file: string;
  /** The name of the note beside it, which says who has the lock. */
  readonly holderFile: string;
  /** Whether this holder writes itself there; where not, the note is another lock's. @default true */
  readonly writesHolderFile?: boolean | undefined;
  /** What is locked, for the message. */
  readonly what: string;
}

/**
 * @throws `store.locked` when the wait is over, with a hint that names the holder
 * @throws `store.unavailable`, `store.insecure` where there can be no lock
 */
export type FileLock = (options: FileLockOptions) => Promise<Lock>;

export interface CreateFileLockOptions {
  readonly folder: SafeFolder;
  readonly clock: Clock;
  /** Brings the kernel lock; asked at every lock. @default `fs-native-extensions`, loaded at the first one */
  readonly loadTryLock?: (() => Promise<TryLock>) | undefined;
}

const DEFAULT_WAIT = 45_000;
const DEFAULT_PAUSES: Pauses = [25, 250];

/**
 * Locks that the kernel keeps and that die with their holder, on files that hold nothing. They belong to the
 * open file (OFD locks on Linux, `flock` on macOS, `LockFileEx` on Windows) and so keep two callers of one
 * process apart as well; the queue before them is for fairness and a hand-over without a pause. They are
 * polled: the module's `waitForLock` cannot be aborted, and would occupy the threads that the holder's own
 * file calls need.
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

  /** Whether the open file is locked now and still is the one at its path. */
  const tryOnce = async (
    path: string,
    file: OpenFile,
    tryLock: TryLock,
  ): Promise<"locked" | "held" | "gone"> => {
    try {
      if (!isLocked(tryLock, file)) return "held";
      // Somebody may have removed the whole folder between our opening and our locking.
      return (await folder.fs.stat(path)).ino === (await file.stat()).ino ? "locked" : "gone";
    } catch (error) {
      if (isAbsent(error)) return "gone";
      throw lockError(error, path, folder.elsewhere);
    }
  };

  return async (options) => {
    const {
      signal,
      timeout = DEFAULT_WAIT,
      pauses: [first, most] = DEFAULT_PAUSES,
      writesHolderFile = true,
    } = options;
    const path = join(folder.path, options.file);
    const note = join(folder.path, options.holderFile);
    const locked = (): Promise<TokenFlowError> =>
      lockedError(options.what, () => folder.readHolderFile(note));

    const take = async (): Promise<() => Promise<void>> => {
      signal?.throwIfAborted();
      const tryLock = await loadTryLock();
      if (timeout <= 0 && isTaken(path)) throw await locked();

      const late = new AbortController();
      const done = new AbortController();
      const ended = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
      const lapse = (): void => late.abort();
      if (timeout > 0) void clock.sleep(timeout, { signal: done.signal }).then(lapse, () => undefined);
      try {
        const release = await acquire(path, ended);
        // Stays open from try to try: then a try is one call that does not wait, and waiting costs next to nothing.
        let file: OpenFile | undefined;
        try {
          for (let pause = first; ; pause = Math.min(pause * 2, most)) {
            file ??= await openLock(path);
            const found = await tryOnce(path, file, tryLock);
            if (found === "locked" && !signal?.aborted) {
              const taken = file;
              return async () => {
                await close(taken);
                release();
              };
            }
            if (found !== "held") {
              await close(file);
              file = undefined;
            }
            if (timeout <= 0) lapse();
            ended.throwIfAborted();
            await clock.sleep(Math.round(first + Math.random() * (pause - first)), { signal: ended });
          }
        } catch (error) {
          if (file) await close(file);
          release();
          throw error;
        }
      } catch (error) {
        throw error === late.signal.reason ? await locked() : error;
      } finally {
        done.abort();
      }
    };

    const unlock = await take();
    if (writesHolderFile) await folder.writeHolderFile(note, holderNote(clock.now()));
    let held = true;
    const release = async (): Promise<void> => {
      if (!held) return;
      held = false;
      if (writesHolderFile) await folder.writeHolderFile(note, undefined);
      await unlock();
    };
    // A kernel lock is never lost, so the signal never fires.
    const { signal: lost } = new AbortController();
    return { signal: lost, held: () => held, release, [Symbol.asyncDispose]: release };
  };
}

/** Linux answers EAGAIN for a held lock, which the module reads as false; Windows EBUSY, which it throws. */
function isLocked(tryLock: TryLock, file: OpenFile): boolean {
  try {
    return tryLock(file.fd);
  } catch (error) {
    if (["EAGAIN", "EBUSY"].includes(systemCode(error) ?? "")) return false;
    throw error;
  }
}

const WITHOUT_LOCKS: ReadonlySet<string> = new Set(["ENOLCK", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EINVAL"]);

function lockError(error: unknown, path: string, elsewhere: string): TokenFlowError {
  const code = systemCode(error) ?? "";
  if (!WITHOUT_LOCKS.has(code)) return fileError(error, "locked", path, elsewhere);
  return new TokenFlowError("store.unavailable", `The file system of ${path} has no locks (${code})`, {
    reason: code,
    hint: elsewhere,
  });
}

/** The lock ends with the open file, and that is closed whatever `close` answers. */
async function close(file: OpenFile): Promise<void> {
  await file.close().catch(() => undefined);
}
