import { existsSync } from "node:fs";
import * as nodeFileSystem from "node:fs/promises";
import type { FileSystem, OpenFile } from "@tokenflow/store-file";

/** The file system of this machine, whose disk is full for as long as there is a file at `flag`. */
export function createFullDisk(flag: string): FileSystem {
  const fill = (file: OpenFile): OpenFile => ({
    fd: file.fd,
    stat: () => file.stat(),
    readFile: (encoding) => file.readFile(encoding),
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
