import * as nodeFileSystem from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { type Clock, isTokenFlowError } from "@tokenflow/core";
import { createLockingStore, type LockingStore, systemClock } from "@tokenflow/core/store";
import {
  createFileLock,
  createSafeFolder,
  type FileSystem,
  owner,
  type Pauses,
  type TryLock,
} from "@tokenflow/file-lock";
import { fileName, isHashed, keyOfFileName } from "./file-name.ts";
import { createSecureFiles } from "./secure-files.ts";
import { FALLBACK_HINT, sessionFolder } from "./session-folder.ts";

export interface FileStoreOptions {
  /**
   * The folder of the sessions, relative to the working folder.
   * @default {@link sessionFolder} of this process
   * @example "./sessions"
   */
  readonly folder?: string | undefined;
  /** Tells the time. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
  /** Reads and writes files. @default `node:fs/promises` @example testFileSystem */
  readonly fs?: FileSystem | undefined;
  /**
   * Loads the kernel lock. It is called for every lock.
   * @default `fs-native-extensions`, loaded for the first one
   * @example async () => tryLock
   */
  readonly loadTryLock?: (() => Promise<TryLock>) | undefined;
}

export interface FileStore extends LockingStore {
  /** The folder of the sessions, as an absolute path. */
  readonly folder: string;
}

/** A write takes milliseconds. After this time its holder must be stuck. */
const WRITE_TIMEOUT = 10_000;
const WRITE_PAUSES: Pauses = [2, 25];

/**
 * Stores each session in a file that nobody else can read and that is complete at every moment. The two lock files
 * beside `<name>.json` are never removed. Reading needs neither locks nor a native module.
 * @throws `store.unavailable` without a `folder` if no default folder is known
 * @example
 * const manager = createTokenManager({ provider, store: createFileStore() });
 */
export function createFileStore(options: FileStoreOptions = {}): FileStore {
  const { clock = systemClock, fs = nodeFileSystem, loadTryLock } = options;
  const folder = options.folder === undefined ? defaultFolder() : resolve(options.folder);
  const safeFolder = createSafeFolder(folder, { fallbackHint: FALLBACK_HINT, fs });
  const files = createSecureFiles(safeFolder);
  const fileLock = createFileLock({ folder: safeFolder, clock, loadTryLock });

  const path = (key: string, ending: Ending): string => join(folder, `${fileName(key)}.${ending}`);
  const read = (key: string): Promise<string | undefined> => files.read(path(key, "json"));
  const lockOf = (key: string, ending: "lock" | "write-lock") => ({
    file: `${fileName(key)}.${ending}`,
    holderFile: `${fileName(key)}.holder`,
    what: path(key, "json"),
  });

  /**
   * Takes a short lock of its own for every write. The session's lock cannot guard writes: a caller without it may
   * replace a session too, and a caller that holds it would wait for itself here. The write lock makes compare-and-set
   * atomic among processes, and shows that a temporary file belongs to a dead writer.
   */
  const withWriteLock = async <T>(key: string, act: () => Promise<T>): Promise<T> => {
    await using _lock = await fileLock({
      ...lockOf(key, "write-lock"),
      timeout: WRITE_TIMEOUT,
      pauses: WRITE_PAUSES,
      writesHolderFile: false,
    });
    return await act();
  };

  const write = async (key: string, value: string): Promise<void> => {
    if (isHashed(fileName(key))) await files.write(path(key, "key"), key);
    await files.write(path(key, "json"), value);
  };

  const remove = async (key: string): Promise<boolean> => {
    const removed = await files.remove(path(key, "json"));
    if (removed && isHashed(fileName(key))) await files.remove(path(key, "key"));
    return removed;
  };

  /** Returns the key of a name that is a hash. A file that is no text is not ours. */
  const keyBeside = (name: string): Promise<string | undefined> =>
    files.read(join(folder, `${name}.key`)).catch((error: unknown) => {
      if (isTokenFlowError(error, "store.corrupt")) return undefined;
      throw error;
    });

  const store = createLockingStore(
    {
      owner,
      lock: (key, lockOptions) => fileLock({ ...lockOf(key, "lock"), ...lockOptions }),
      get: read,
      set: (key, value) => withWriteLock(key, () => write(key, value)),
      delete: (key) => withWriteLock(key, () => remove(key)),
      replace: (key, previous, next) =>
        withWriteLock(key, async () => {
          if ((await read(key)) !== previous) return false;
          if (next !== undefined) await write(key, next);
          else if (previous !== undefined) await remove(key);
          return true;
        }),
      // The file keeps its bytes, as `<name>.corrupt`.
      quarantine: async (key) => {
        await withWriteLock(key, () => files.move(path(key, "json"), path(key, "corrupt")));
      },
      // Every write renames a file into the folder.
      version: async () => (await fs.stat(folder)).mtimeMs,
      async *names() {
        for (const file of await files.list()) {
          const [name, ending] = splitEnding(file);
          if (ending !== "json") continue;
          const key = isHashed(name) ? await keyBeside(name) : keyOfFileName(name);
          // Other names are not ours: the CLI's config.json, or a copy made by hand.
          if (key !== undefined && fileName(key) === name) yield key;
        }
      },
    },
    { now: () => clock.now() },
  );

  return Object.assign(store, { folder });
}

type Ending = "json" | "key" | "corrupt";

function splitEnding(file: string): readonly [name: string, ending: string] {
  const dot = file.lastIndexOf(".");
  return [file.slice(0, dot), file.slice(dot + 1)];
}

function defaultFolder(): string {
  const { env, platform, cwd } = process;
  return sessionFolder({ env, platform, home: homedir, cwd });
}
