import { constants } from "node:fs";
import { decodeStored, requireStoredSize } from "@tokenflow/core/store";
import { isAbsent, type SafeFolder, withFile } from "@tokenflow/file-lock";

const { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } = constants;

/** Reads and writes files that nobody else can access. Every path is directly inside the one folder. */
export interface SecureFiles {
  /**
   * Returns the whole file, `undefined` if there is none.
   * @throws `store.insecure`, `store.unavailable`; `store.corrupt` if it is too long or not UTF-8
   */
  read(path: string): Promise<string | undefined>;
  /**
   * Replaces the whole file or nothing: a new file is written, synced and renamed over the old one. The caller must
   * keep other writers away from this path.
   */
  write(path: string, text: string): Promise<void>;
  /** Returns `true` if there was a file to remove. */
  remove(path: string): Promise<boolean>;
  /** Renames, replacing a file at `to`. Returns `true` if there was a file to move. */
  move(from: string, to: string): Promise<boolean>;
  /** Returns the names of the files in the folder, none if there is no folder. */
  list(): Promise<readonly string[]>;
}

export function createSecureFiles(folder: SafeFolder): SecureFiles {
  const { fs, attempt } = folder;

  /** A rename survives a crash only after the folder was synced. Windows opens no folders. A link to one is followed. */
  const syncFolder = async (): Promise<void> => {
    if (process.platform !== "win32") await withFile(fs.open(folder.path, O_RDONLY), (file) => file.sync());
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

  /** The file of a write in progress. If a writer dies, the next one removes its file. */
  const temporary = (path: string): string => `${path}.tmp`;

  return {
    read: (path) =>
      attempt("read", path, async () => {
        try {
          await folder.check();
          return await withFile(folder.open(path, O_RDONLY), async (file) => {
            requireStoredSize((await file.stat()).size, path);
            return decodeStored(await file.readFile(), path);
          });
        } catch (error) {
          if (isAbsent(error)) return undefined;
          throw error;
        }
      }),

    write: (path, text) =>
      attempt("written", path, async () => {
        await folder.make();
        const fresh = temporary(path);
        await unlink(fresh);
        try {
          await withFile(folder.open(fresh, O_WRONLY | O_CREAT | O_EXCL), async (file) => {
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

    list: () =>
      attempt("read", folder.path, async () => {
        try {
          await folder.check();
          return (await fs.readdir(folder.path)).sort();
        } catch (error) {
          if (isAbsent(error)) return [];
          throw error;
        }
      }),
  };
}
