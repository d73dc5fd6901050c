import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import * as nodeFileSystem from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFolder } from "@tokenflow/services";
import type { FileSystem, OpenFile } from "@tokenflow/store-file";

/** A disk that can be filled. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all the room that is left, before anything else can run. */
  fill(): void;
  free(): Promise<void>;
}

const SIZE = 64 * 1024;

/** Mounts a file system of 64 KiB. Returns `undefined` if that is not permitted (it needs Linux and root). */
export async function mountSmallDisk(): Promise<(SmallDisk & AsyncDisposable) | undefined> {
  const run = promisify(execFile);
  await using cleanup = new AsyncDisposableStack();
  const { path } = cleanup.use(await createFolder());
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=700`, "tokenflow-chaos", path]);
  } catch {
    return undefined;
  }
  cleanup.defer(async () => void (await run("umount", [path])));
  const ballast = join(path, "ballast");
  const kept = cleanup.move();
  return {
    path,
    fill() {
      try {
        writeFileSync(ballast, new Uint8Array(SIZE));
      } catch {
        // Everything that fits is written: the disk is full.
      }
    },
    free: () => nodeFileSystem.rm(ballast),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Returns this machine's file system, with a disk that is full as long as a file exists at `flag`. */
export function createFullDisk(flag: string): FileSystem {
  const fill = (file: OpenFile): OpenFile => ({
    fd: file.fd,
    stat: () => file.stat(),
    readFile: () => file.readFile(),
    sync: () => file.sync(),
    close: () => file.close(),
    writeFile: async (text) => {
      if (existsSync(flag))
        throw Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
      await file.writeFile(text);
    },
  });
  return {
    ...nodeFileSystem,
    open: async (path, flags, mode) => fill(await nodeFileSystem.open(path, flags, mode)),
  };
}
