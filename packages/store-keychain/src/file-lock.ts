import { constants, type Stats } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Clock, type LockOptions, TokenFlowError } from "@tokenflow/core";
import { holderNote, lockedError } from "./holder.ts";

export interface FileLockOptions extends LockOptions {
  readonly wait: number;
  /** How far apart tries are at first and at most, in milliseconds. */
  readonly pauses: readonly [first: number, most: number];
  /** What is locked, for the message. */
  readonly what: string;
}

/** Answers the function that unlocks. */
export type FileLock = (name: string, options: FileLockOptions) => Promise<() => Promise<void>>;

/** Links are not followed, and a named pipe does not stall us. Windows knows neither. */
const CAREFULLY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const FLAGS = constants.O_RDWR | constants.O_CREAT | CAREFULLY;

/**
 * Kernel locks on empty files that are never removed; they die with their holder, and keep apart two callers
 * of one process too. Polled, since waiting in the kernel cannot be aborted.
 */
export function createFileLock(folder: string, clock: Clock): FileLock {
  return async (name, { signal, wait, pauses: [first, most], what }) => {
    signal?.throwIfAborted();
    const tryLock = await loadTryLock();
    const path = join(folder, `${name}.lock`);
    const note = join(folder, `${name}.holder`);
    const end = clock.elapsed() + wait;
    const file = await openLock(folder, path);
    try {
      for (let pause = first; !take(tryLock, file); pause = Math.min(pause * 2, most)) {
        const left = end - clock.elapsed();
        if (left <= 0) throw await lockedError(what, () => readFile(note, "utf8"));
        const jitter = Math.round(first + Math.random() * (pause - first));
        await clock.wait(Math.min(jitter, left), { signal });
      }
      signal?.throwIfAborted();
    } catch (error) {
      await file.close();
      if (signal?.aborted || error instanceof TokenFlowError) throw error;
      throw lockError(error, path);
    }
    // The note only makes a message clearer.
    await writeFile(note, holderNote(clock.now()), { mode: 0o600 }).catch(() => undefined);
    return async () => {
      await rm(note, { force: true }).catch(() => undefined);
      await file.close();
    };
  };
}

async function openLock(folder: string, path: string): Promise<FileHandle> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    refuseOthers(folder, await stat(folder), 0o022);
    const file = await open(path, FLAGS, 0o600);
    try {
      const state = await file.stat();
      if (!state.isFile()) throw Object.assign(new Error("not a file"), { code: "EISDIR" });
      refuseOthers(path, state, 0o077);
      return file;
    } catch (error) {
      await file.close();
      throw error;
    }
  } catch (error) {
    throw error instanceof TokenFlowError ? error : lockError(error, path);
  }
}

/** Who can write here could keep us out, or put another file in the lock's place. Windows tells nothing by mode. */
function refuseOthers(path: string, { uid, mode }: Stats, forbidden: number): void {
  const user = process.getuid?.();
  if (user === undefined || (uid === user && (mode & forbidden) === 0)) return;
  throw new TokenFlowError("store.insecure", `${path} is open to other users`, {
    hint: `Make it yours alone: sudo chown ${user} '${path}'; chmod go= '${path}'`,
  });
}

type TryLock = (fd: number) => boolean;

/** Loaded by the first lock only. */
async function loadTryLock(): Promise<TryLock> {
  try {
    return (await import("fs-native-extensions")).tryLock;
  } catch {
    const system = `${process.platform} ${process.arch}`;
    throw new TokenFlowError("store.unavailable", `There is no file lock for this system (${system})`, {
      hint: "Use a system with a build of fs-native-extensions: Linux with glibc, macOS or Windows on x64 or arm64.",
    });
  }
}

/** Linux answers EAGAIN for a held lock, which the module reads as false; Windows EBUSY, which it throws. */
function take(tryLock: TryLock, file: FileHandle): boolean {
  try {
    return tryLock(file.fd);
  } catch (error) {
    if (["EAGAIN", "EBUSY"].includes(systemCode(error))) return false;
    throw error;
  }
}

function lockError(error: unknown, path: string): TokenFlowError {
  const code = systemCode(error);
  return new TokenFlowError("store.unavailable", `${path} cannot be locked (${code})`, {
    reason: code,
    hint: "Make sure that the home folder is on a local disk, has room and can be written.",
  });
}

function systemCode(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
