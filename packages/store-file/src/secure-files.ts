import { constants } from "node:fs";
import { createAccessCheck } from "./access-check.ts";
import { fileError, insecure, isAbsent, systemCode } from "./file-errors.ts";
import type { FileSystem, OpenFile } from "./file-system.ts";

/** Only the user may read, write and enter. */
const FOLDER_MODE = 0o700;
/** Only the user may read and write. */
const FILE_MODE = 0o600;

const { O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

/** Links are not followed, and a named pipe in the file's place does not stall us. Windows knows neither. */
const CAREFULLY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Reading and writing that nobody else can see or disturb. Every path lies directly in the one folder. */
export interface SecureFiles {
  /**
   * The whole file, or `undefined` where there is none.
   * @throws `store.insecure`, `store.unavailable`
   */
  read(path: string): Promise<string | undefined>;
  /**
   * Replaces the whole file or nothing: a new file is written, synced and renamed over the old one. The caller
   * makes sure that nobody else writes at this path meanwhile.
   */
  write(path: string, text: string): Promise<void>;
  /** Answers whether there was something to remove. */
  remove(path: string): Promise<boolean>;
  /** Renames over what stands at `to`. Answers whether there was something to move. */
  move(from: string, to: string): Promise<boolean>;
  /** Writes a note that nobody relies on, or removes it: in place, unsynced, and a failure is no trouble. */
  note(path: string, text: string | undefined): Promise<void>;
  /** Opens a file to be locked, made where there is none, and never written. */
  openLock(path: string): Promise<OpenFile>;
  /** Names of the files in the folder; none where there is no folder. */
  list(): Promise<readonly string[]>;
}

export function createSecureFiles(folder: string, fs: FileSystem): SecureFiles {
  const access = createAccessCheck(process.getuid?.());

  const checkFile = async (path: string, file: OpenFile): Promise<OpenFile> => {
    access.file(path, await file.stat());
    return file;
  };

  const checkFolder = async (): Promise<void> => access.folder(folder, await fs.stat(folder));

  const makeFolder = async (): Promise<void> => {
    try {
      await checkFolder();
    } catch (error) {
      if (!isAbsent(error)) throw error;
      await fs.mkdir(folder, { recursive: true, mode: FOLDER_MODE });
      await checkFolder();
    }
  };

  /** Opens, does, and closes whatever happens; a failed close is a failed write. */
  const withFile = async <T>(opening: Promise<OpenFile>, act: (file: OpenFile) => Promise<T>): Promise<T> => {
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
  };

  const open = async (path: string, flags: number): Promise<OpenFile> => {
    try {
      return await fs.open(path, flags | CAREFULLY, FILE_MODE);
    } catch (error) {
      // What O_NOFOLLOW answers for a link: ELOOP, but EMLINK on FreeBSD.
      if (["ELOOP", "EMLINK"].includes(systemCode(error) ?? "")) throw insecure(path, "is a link", "rm");
      throw error;
    }
  };

  /** A rename is only there after a crash once the folder was synced. Windows opens no folders; a link to one is followed. */
  const syncFolder = async (): Promise<void> => {
    if (process.platform !== "win32") await withFile(fs.open(folder, O_RDONLY), (file) => file.sync());
  };

  const unlink = async (path: string): Promise<boolean> => {
    try {
      await fs.unlink(path);
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  };

  /** A record that is being written; left behind by a writer that died, it is removed by the next one. */
  const temporary = (path: string): string => `${path}.tmp`;

  return {
    read: (path) =>
      attempt("read", path, async () => {
        try {
          await checkFolder();
          return await withFile(open(path, O_RDONLY), async (file) =>
            (await checkFile(path, file)).readFile("utf8"),
          );
        } catch (error) {
          if (isAbsent(error)) return undefined;
          throw error;
        }
      }),

    write: (path, text) =>
      attempt("written", path, async () => {
        await makeFolder();
        const fresh = temporary(path);
        await unlink(fresh);
        try {
          await withFile(open(fresh, O_WRONLY | O_CREAT | O_EXCL), async (file) => {
            await file.writeFile(text);
            await file.sync();
          });
          await fs.rename(fresh, path);
        } catch (error) {
          await unlink(fresh).catch(() => undefined);
          throw error;
        }
        await syncFolder();
      }),

    remove: (path) =>
      attempt("written", path, async () => {
        await unlink(temporary(path));
        const removed = await unlink(path);
        if (removed) await syncFolder();
        return removed;
      }),

    move: (from, to) =>
      attempt("written", from, async () => {
        try {
          await fs.rename(from, to);
        } catch (error) {
          if (isAbsent(error)) return false;
          throw error;
        }
        await syncFolder();
        return true;
      }),

    note: async (path, text) => {
      try {
        if (text === undefined) await unlink(path);
        else {
          await withFile(open(path, O_WRONLY | O_CREAT | O_TRUNC), async (file) =>
            (await checkFile(path, file)).writeFile(text),
          );
        }
      } catch {
        // It only makes a message clearer.
      }
    },

    openLock: (path) =>
      attempt("locked", path, async () => {
        await makeFolder();
        const file = await open(path, O_RDWR | O_CREAT);
        try {
          return await checkFile(path, file);
        } catch (error) {
          await file.close().catch(() => undefined);
          throw error;
        }
      }),

    list: () =>
      attempt("read", folder, async () => {
        try {
          await checkFolder();
          return (await fs.readdir(folder)).sort();
        } catch (error) {
          if (isAbsent(error)) return [];
          throw error;
        }
      }),
  };
}

async function attempt<T>(
  act: "read" | "written" | "locked",
  path: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw fileError(error, act, path);
  }
}
