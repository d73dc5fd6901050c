import { type Clock, TokenFlowError } from "@tokenflow/core";
import { fileError, isAbsent, systemCode } from "./file-errors.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";
import type { SecureFiles } from "./secure-files.ts";
import { isTaken, takeTurn } from "./turns.ts";

/** Takes the exclusive kernel lock of a whole open file; false where another open file has it. */
export type TryLock = (fd: number) => boolean;

/** How far apart tries are at first and at most, in milliseconds. */
export type Pauses = readonly [first: number, most: number];

export interface KernelLockOptions {
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds; 0 tries once. */
  readonly wait: number;
  readonly pauses: Pauses;
  /** What to throw when the wait is over. */
  readonly locked: () => Promise<TokenFlowError>;
}

/** Answers the function that unlocks. */
export type KernelLock = (path: string, options: KernelLockOptions) => Promise<() => Promise<void>>;

/**
 * Locks that the kernel keeps and that die with their holder, on files that hold nothing. They belong to the
 * open file (OFD locks on Linux, `flock` on macOS, `LockFileEx` on Windows) and so keep two callers of one
 * process apart as well; the queue before them is for fairness and a hand-over without a pause. They are
 * polled: the module's `waitForLock` cannot be aborted, and would occupy the threads that the holder's own
 * file calls need.
 */
export function createKernelLock(
  files: SecureFiles,
  fs: FileSystem,
  clock: Clock,
  loadTryLock: () => Promise<TryLock>,
): KernelLock {
  const tryOnce = async (path: string, tryLock: TryLock): Promise<OpenFile | undefined> => {
    const file = await files.openLock(path);
    try {
      // Somebody may have removed the whole folder between our opening and our locking.
      if (isLocked(tryLock, file) && (await fs.stat(path)).ino === (await file.stat()).ino) return file;
      await close(file);
    } catch (error) {
      await close(file);
      if (!isAbsent(error)) throw lockError(error, path);
    }
    return undefined;
  };

  return async (path, { signal, wait, pauses: [first, most], locked }) => {
    signal?.throwIfAborted();
    const tryLock = await loadTryLock();
    if (wait <= 0 && isTaken(path)) throw await locked();

    const late = new AbortController();
    const done = new AbortController();
    const ended = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
    const lapse = (): void => late.abort();
    if (wait > 0) void clock.wait(wait, { signal: done.signal }).then(lapse, () => undefined);
    try {
      const passOn = await takeTurn(path, ended);
      try {
        for (let pause = first; ; pause = Math.min(pause * 2, most)) {
          const file = await tryOnce(path, tryLock);
          if (file && signal?.aborted) await close(file);
          else if (file) {
            return async () => {
              await close(file);
              passOn();
            };
          }
          if (wait <= 0) lapse();
          ended.throwIfAborted();
          await clock.wait(Math.round(first + Math.random() * (pause - first)), { signal: ended });
        }
      } catch (error) {
        passOn();
        throw error;
      }
    } catch (error) {
      throw error === late.signal.reason ? await locked() : error;
    } finally {
      done.abort();
    }
  };
}

/** Loaded by the first lock only: a program that just reads needs no native module. */
export async function loadNativeTryLock(): Promise<TryLock> {
  try {
    return (await import("fs-native-extensions")).tryLock;
  } catch {
    throw new TokenFlowError(
      "store.unavailable",
      `There is no file lock for this system (${process.platform} ${process.arch})`,
      {
        hint: "Use another store, or a system with a build of fs-native-extensions: Linux with glibc, macOS or Windows on x64 or arm64.",
      },
    );
  }
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

function lockError(error: unknown, path: string): TokenFlowError {
  const code = systemCode(error) ?? "";
  if (!WITHOUT_LOCKS.has(code)) return fileError(error, "locked", path);
  return new TokenFlowError("store.unavailable", `The file system of ${path} has no locks (${code})`, {
    reason: code,
    hint: "Set TOKENFLOW_HOME to a folder on a local disk.",
  });
}

/** The lock ends with the open file, and that is closed whatever `close` answers. */
async function close(file: OpenFile): Promise<void> {
  await file.close().catch(() => undefined);
}
