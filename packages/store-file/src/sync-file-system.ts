import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import type { FileSystem } from "@tokenflow/file-lock";

/** Works without the thread pool and `node:fs/promises`, whose start costs more than reading one small file. */
export const syncFileSystem: FileSystem = {
  stat: async (path) => statSync(path),
  mkdir: async (path, options) => mkdirSync(path, options),
  readdir: async (path) => readdirSync(path),
  rename: async (from, to) => renameSync(from, to),
  unlink: async (path) => unlinkSync(path),
  async open(path, flags, mode) {
    const fd = openSync(path, flags, mode);
    return {
      fd,
      stat: async () => fstatSync(fd),
      readFile: async () => readFileSync(fd),
      writeFile: async (text) => writeFileSync(fd, text),
      sync: async () => fsyncSync(fd),
      close: async () => closeSync(fd),
    };
  },
};
