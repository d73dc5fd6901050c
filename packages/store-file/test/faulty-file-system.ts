import * as nodeFileSystem from "node:fs/promises";
import type { FileSystem, OpenFile } from "@tokenflow/store-file";

export interface FaultyFileSystem extends FileSystem {
  /** The calls that were made, in order: `mkdir`, `open`, `file.sync`. */
  readonly calls: readonly string[];
}

/** The real file system, but for its n-th call, which fails with a system code. */
export function createFaultyFileSystem(failing: number, code: string): FaultyFileSystem {
  const calls: string[] = [];

  const faulty = async <T>(
    name: string,
    call: () => Promise<T>,
    instead?: () => Promise<unknown>,
  ): Promise<T> => {
    calls.push(name);
    if (calls.length - 1 !== failing) return call();
    await instead?.();
    throw Object.assign(new Error(`${code}: injected into ${name}`), { code });
  };

  const faultyFile = (file: OpenFile): OpenFile => ({
    fd: file.fd,
    stat: () => faulty("file.stat", () => file.stat()),
    readFile: () => faulty("file.readFile", () => file.readFile()),
    // A disk that fills up takes the beginning.
    writeFile: (text) =>
      faulty(
        "file.writeFile",
        () => file.writeFile(text),
        () => file.writeFile(text.slice(0, text.length / 2)),
      ),
    sync: () => faulty("file.sync", () => file.sync()),
    // A descriptor is gone even if closing it fails.
    close: () =>
      faulty(
        "file.close",
        () => file.close(),
        () => file.close(),
      ),
  });

  return {
    calls,
    stat: (path) => faulty("stat", () => nodeFileSystem.stat(path)),
    mkdir: (path, options) => faulty("mkdir", () => nodeFileSystem.mkdir(path, options)),
    readdir: (path) => faulty("readdir", () => nodeFileSystem.readdir(path)),
    open: async (path, flags, mode) =>
      faultyFile(await faulty("open", () => nodeFileSystem.open(path, flags, mode))),
    rename: (from, to) => faulty("rename", () => nodeFileSystem.rename(from, to)),
    unlink: (path) => faulty("unlink", () => nodeFileSystem.unlink(path)),
  };
}
