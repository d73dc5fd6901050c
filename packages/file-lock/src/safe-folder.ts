import { constants } from "node:fs";
import { systemCode } from "@tokenflow/core/store";
import { createAccessCheck } from "./access-check.ts";
import { fileError, insecure, isAbsent } from "./file-errors.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";

/** Only the user may read, write and enter. */
const FOLDER_MODE = 0o700;
/** Only the user may read and write. */
const FILE_MODE = 0o600;

const { O_CREAT, O_TRUNC, O_WRONLY } = constants;

/** Links are not followed, and a named pipe in the file's place does not stall us. Windows knows neither. */
const CAREFULLY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** A folder whose files nobody else can read or change. Every path handed in lies directly in it. */
export interface SafeFolder {
  readonly path: string;
  readonly fs: FileSystem;
  /** What a person can do where this folder is no good, as one sentence. */
  readonly elsewhere: string;
  /** @throws `store.insecure` where others can write there; the system's error where there is no such folder */
  check(): Promise<void>;
  /** Makes it where there is none. Throws as `check`. */
  make(): Promise<void>;
  /** Opens a file that must be the user's alone; one that is made here is from its creation on. */
  open(path: string, flags: number): Promise<OpenFile>;
  /** Writes a note that nobody relies on, or removes it: in place, unsynced, and a failure is no trouble. */
  writeHolderFile(path: string, text: string | undefined): Promise<void>;
  /** The note at that path; `undefined` where it cannot be read. */
  readHolderFile(path: string): Promise<string | undefined>;
  /**
   * Does something to a file.
   * @throws `store.unavailable` for what the system refuses, with what to do
   */
  attempt<T>(act: "read" | "written" | "locked", path: string, run: () => Promise<T>): Promise<T>;
}

export interface SafeFolderOptions {
  /** What a person can do where this folder is no good, as one sentence. */
  readonly elsewhere: string;
  /** Usually `node:fs/promises`; not loaded here, since its start costs more than reading a small file. */
  readonly fs: FileSystem;
}

export function createSafeFolder(path: string, { elsewhere, fs }: SafeFolderOptions): SafeFolder {
  const access = createAccessCheck(process.getuid?.());

  const check = async (): Promise<void> => access.folder(path, await fs.stat(path));

  const open = async (file: string, flags: number): Promise<OpenFile> => {
    let opened: OpenFile;
    try {
      opened = await fs.open(file, flags | CAREFULLY, FILE_MODE);
    } catch (error) {
      // What O_NOFOLLOW answers for a link: ELOOP, but EMLINK on FreeBSD.
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
    elsewhere,
    check,
    open,
    async make() {
      try {
        await check();
      } catch (error) {
        if (!isAbsent(error)) throw error;
        await fs.mkdir(path, { recursive: true, mode: FOLDER_MODE });
        await check();
      }
    },
    async writeHolderFile(file, text) {
      try {
        if (text === undefined) await fs.unlink(file);
        else await withFile(open(file, O_WRONLY | O_CREAT | O_TRUNC), (opened) => opened.writeFile(text));
      } catch {
        // It only makes a message clearer.
      }
    },
    readHolderFile: (file) =>
      withFile(open(file, constants.O_RDONLY), (opened) => opened.readFile("utf8")).catch(() => undefined),
    async attempt(act, file, run) {
      try {
        return await run();
      } catch (error) {
        throw fileError(error, act, file, elsewhere);
      }
    },
  };
}

/** Opens, does, and closes whatever happens; a failed close is a failed write. */
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
