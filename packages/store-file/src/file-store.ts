import * as nodeFileSystem from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Clock } from "@tokenflow/core";
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
  /** Where sessions are kept; relative to the working folder. @default {@link sessionFolder} of this process */
  readonly folder?: string | undefined;
  readonly clock?: Clock | undefined;
  /** @default `node:fs/promises` */
  readonly fs?: FileSystem | undefined;
  /** Brings the kernel lock; asked at every lock. @default `fs-native-extensions`, loaded at the first one */
  readonly loadTryLock?: (() => Promise<TryLock>) | undefined;
}

export interface FileStore extends LockingStore {
  /** Where the sessions are, as an absolute path. */
  readonly folder: string;
  /**
   * Renames a session that cannot be read to `<name>.corrupt`, in place of an older one; the key is then
   * absent. For the holder of the session's lock, who is about to write a new one. Does nothing where there
   * is no session.
   * @throws `store.unavailable`
   */
  quarantine(key: string): Promise<void>;
}

/** A write takes milliseconds; the lock around it is given up on when its holder must be stuck. */
const WRITE_WAIT = 10_000;
const WRITE_POLL: Pauses = [2, 25];

/**
 * Sessions as files, one each, that nobody else can read and that are whole at every moment. Beside
 * `<name>.json` lie the two locks, which are never removed; reading needs neither them nor a native module.
 * @throws `store.unavailable` where no `folder` is given and nothing names one
 */
export function createFileStore(options: FileStoreOptions = {}): FileStore {
  const { clock = systemClock, fs = nodeFileSystem, loadTryLock } = options;
  const folder = options.folder === undefined ? defaultFolder() : resolve(options.folder);
  const safeFolder = createSafeFolder(folder, { elsewhere: FALLBACK_HINT, fs });
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
   * Every write stands under a short lock of its own, since the session's lock cannot guard it: sessions are
   * also replaced by who does not hold that one (any more), and asking for it here would wait for ourselves.
   * It makes compare-and-set one act among processes, and lets a dead writer's temporary file be known as such.
   */
  const withWriteLock = async <T>(key: string, act: () => Promise<T>): Promise<T> => {
    await using _lock = await fileLock({
      ...lockOf(key, "write-lock"),
      timeout: WRITE_WAIT,
      pauses: WRITE_POLL,
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
      // Every write renames into the folder.
      version: async () => (await fs.stat(folder)).mtimeMs,
      async *names() {
        for (const file of await files.list()) {
          const [name, ending] = splitEnding(file);
          if (ending !== "json") continue;
          const key = isHashed(name) ? await files.read(join(folder, `${name}.key`)) : keyOfFileName(name);
          // What we did not name is not ours: the CLI's config.json, a copy made by hand.
          if (key !== undefined && fileName(key) === name) yield key;
        }
      },
    },
    { now: () => clock.now() },
  );

  return Object.assign(store, {
    folder,
    async quarantine(key: string): Promise<void> {
      const name = store.namespace === undefined ? key : `${store.namespace}::${key}`;
      await withWriteLock(name, () => files.move(path(name, "json"), path(name, "corrupt")));
    },
  });
}

type Ending = "json" | "key" | "corrupt";

function splitEnding(file: string): readonly [name: string, ending: string] {
  const dot = file.lastIndexOf(".");
  return [file.slice(0, dot), file.slice(dot + 1)];
}

function defaultFolder(): string {
  return sessionFolder({
    env: process.env,
    platform: process.platform,
    home: homeFolder(),
    cwd: process.cwd(),
  });
}

/** `homedir()` throws where neither a variable nor the user database names one. */
function homeFolder(): string | undefined {
  try {
    return homedir();
  } catch {
    return undefined;
  }
}
