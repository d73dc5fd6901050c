import { rmSync } from "node:fs";
import { chmod, lstat, mkdir, mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Sighting } from "../judge/evidence.ts";
import type { Secret } from "../service/secrets.ts";
import { atExit } from "./at-exit.ts";

const MAX_FILES = 5000;
const MAX_BYTES = 4 * 2 ** 20;

/** A home folder for one scenario. */
export interface Home extends AsyncDisposable {
  readonly path: string;
  /** The variables that lead programs there. */
  readonly env: Readonly<Record<string, string>>;
  /** Returns the files that contain one of these secrets as they are. */
  find(secrets: readonly Secret[]): Promise<readonly Sighting[]>;
  /** Takes the right to write from every folder and file, or gives it back. */
  setWritable(writable: boolean): Promise<void>;
}

export async function createHome(): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), "conformance-"));
  const forget = atExit(() => rmSync(path, { recursive: true, force: true }));
  const folders = { TMPDIR: "tmp", XDG_CONFIG_HOME: ".config", XDG_CACHE_HOME: ".cache" };
  const others = { XDG_DATA_HOME: ".local/share", XDG_STATE_HOME: ".local/state", XDG_RUNTIME_DIR: "run" };
  const env = Object.fromEntries(
    Object.entries({ ...folders, ...others }).map(([name, folder]) => [name, join(path, folder)]),
  );
  await Promise.all(Object.values(env).map((folder) => mkdir(folder, { recursive: true, mode: 0o700 })));
  const setWritable = async (writable: boolean): Promise<void> => {
    const entries = await listAll(path);
    for (const [entry, isFolder] of writable ? entries : entries.toReversed()) {
      const { mode } = await lstat(entry);
      const bits = isFolder ? 0o700 : 0o600;
      await chmod(entry, writable ? mode | bits : mode & ~0o222);
    }
  };
  return {
    path,
    env: {
      ...env,
      HOME: path,
      USERPROFILE: path,
      APPDATA: join(path, ".config"),
      LOCALAPPDATA: join(path, ".local"),
    },
    async find(secrets) {
      const sightings: Sighting[] = [];
      for (const [entry, isFolder] of await listAll(path)) {
        if (isFolder) continue;
        const found = await readIfSmall(entry);
        const secret = found && secrets.find(({ text }) => found.bytes.includes(text));
        if (found && secret) sightings.push({ secret, place: relative(path, entry), mode: found.mode });
      }
      return sightings;
    },
    setWritable,
    async [Symbol.asyncDispose]() {
      forget();
      await rm(path, { recursive: true, force: true, maxRetries: 5 }).catch(async () => {
        await setWritable(true).catch(() => undefined);
        await rm(path, { recursive: true, force: true }).catch(() => undefined);
      });
    },
  };
}

/** Lists files and folders, a folder before what is in it. Links are not followed. */
async function listAll(root: string): Promise<readonly (readonly [path: string, isFolder: boolean])[]> {
  const found: (readonly [string, boolean])[] = [[root, true]];
  for (let index = 0; index < found.length && found.length < MAX_FILES; index += 1) {
    const [path, isFolder] = found[index] ?? ["", false];
    if (!isFolder) continue;
    const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      if (entry.isDirectory() || entry.isFile()) found.push([join(path, entry.name), entry.isDirectory()]);
    }
  }
  return found;
}

async function readIfSmall(
  path: string,
): Promise<{ readonly bytes: Buffer; readonly mode: number } | undefined> {
  try {
    await using file = await open(path);
    const { size, mode } = await file.stat();
    return size > MAX_BYTES ? undefined : { bytes: await file.readFile(), mode: mode & 0o777 };
  } catch {
    return undefined;
  }
}
