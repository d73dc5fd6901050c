import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createFolder } from "./temporary-folder.ts";

/** A place to keep files in, until there is no room. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all the room that is left, before anything else can run. */
  fill(): void;
  free(): Promise<void>;
}

const SIZE = 64 * 1024;

/** Mounts a file system of 64 KiB; answers `undefined` where that is not for us (Linux, as root). */
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
        // What fitted in has been written: there is no room.
      }
    },
    free: () => rm(ballast),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
