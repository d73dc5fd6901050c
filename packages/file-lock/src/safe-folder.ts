import { constants } from "node:fs";
import { dirname } from "node:path";
import { decodeStored, systemCode } from "@tokenflow/core/store";
import { createAccessCheck } from "./access-check.ts";
import { fileError, insecure, isAbsent } from "./file-errors.ts";
import type { FileState, FileSystem, OpenFile } from "./file-system.ts";

/** Only the user may read, write and enter. */
const FOLDER_MODE = 0o700;
/** Only the user may read and write. */
const FILE_MODE = 0o600;

/** A note has a host name, a process id and a time. */
const MAX_NOTE_BYTES = 4096;

const { O_CREAT, O_TRUNC, O_WRONLY } = constants;

/** Does not follow links, and does not wait for a named pipe. Windows has neither. */
const SAFE_FLAGS = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A folder whose files nobody else can read or change. Every path that is passed in is directly inside it. */
export interface SafeFolder {
  readonly path: string;
  readonly fs: FileSystem;
  /** One sentence: what a person can do if this folder cannot be used. */
  readonly fallbackHint: string;
  /** @throws `store.insecure` if others can write there; the system's error if there is no such folder */
  check(): Promise<void>;
  /** Creates the folder if it is missing. Throws as `check`. */
  make(): Promise<void>;
  /** Opens a file that only the user may access. A new file has that mode from its creation on. */
  open(path: string, flags: number): Promise<OpenFile>;
  /** Writes a note that nobody relies on, or removes it: in place, unsynced, ignoring failures. */
  writeHolderFile(path: string, text: string | undefined): Promise<void>;
  /** Returns the note at that path, `undefined` if it cannot be read. */
  readHolderFile(path: string): Promise<string | undefined>;
  /**
   * Runs a file operation.
   * @throws `store.unavailable` with a hint, for an error of the system
   */
  attempt<T>(act: "read" | "written" | "locked", path: string, run: () => Promise<T>): Promise<T>;
}

export interface SafeFolderOptions {
  /**
   * One sentence that says what a person can do if this folder cannot be used.
   * @example "Set TOKENFLOW_HOME to a folder on a local disk."
   */
  readonly fallbackHint: string;
  /**
   * Reads and writes files. Node's module is not imported here, since loading it costs more than reading a small
   * file.
   * @example await import("node:fs/promises")
   */
  readonly fs: FileSystem;
}

export function createSafeFolder(path: string, { fallbackHint, fs }: SafeFolderOptions): SafeFolder {
  const access = createAccessCheck(process.getuid?.());

  const check = async (): Promise<void> => access.folder(path, await fs.stat(path));

  const open = async (file: string, flags: number): Promise<OpenFile> => {
    let opened: OpenFile;
    try {
      opened = await fs.open(file, flags | SAFE_FLAGS, FILE_MODE);
    } catch (error) {
      // O_NOFOLLOW fails for a link with ELOOP, on FreeBSD with EMLINK.
      if (["ELOOP", "EMLINK"].includes(systemCode(error) ?? "")) throw insecure(file, "is a link", "rm");
      throw error;
    }
    try {
      access.file(file, await opened.stat());
      return opened;
    } catch (error) {
      await opened.close().catch(() => undefined);
      throw error;
    }
  };

  return {
    path,
    fs,
    fallbackHint,
    check,
    open,
    async make() {
      try {
        await check();
      } catch (error) {
        if (!isAbsent(error)) throw error;
        for (const state of await statesAbove(path, fs)) access.newFolder(path, state);
        await fs.mkdir(path, { recursive: true, mode: FOLDER_MODE });
        await check();
      }
    },
    async writeHolderFile(file, text) {
      try {
        if (text === undefined) await fs.unlink(file);
        else await withFile(open(file, O_WRONLY | O_CREAT | O_TRUNC), (opened) => opened.writeFile(text));
      } catch {
        // The note only makes a message clearer.
      }
    },
    readHolderFile: (file) =>
      withFile(open(file, constants.O_RDONLY), async (opened) => {
        if ((await opened.stat()).size > MAX_NOTE_BYTES) return undefined;
        return decodeStored(await opened.readFile(), file);
      }).catch(() => undefined),
    async attempt(act, file, run) {
      try {
        return await run();
      } catch (error) {
        throw fileError(error, act, file, fallbackHint);
      }
    },
  };
}

/** Returns the states of the folders above that exist, the nearest first. */
async function statesAbove(path: string, fs: FileSystem): Promise<readonly FileState[]> {
  const parent = dirname(path);
  if (parent === path) return [];
  const state = await fs.stat(parent).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw error;
  });
  return [...(state ? [state] : []), ...(await statesAbove(parent, fs))];
}

/** Runs `act` with the opened file and closes it in any case. A failed close counts as a failed write. */
export async function withFile<T>(
  opening: Promise<OpenFile>,
  act: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const file = await opening;
  let result: T;
  try {
    result = await act(file);
  } catch (error) {
    await file.close().catch(() => undefined);
    throw error;
  }
  await file.close();
  return result;
}
