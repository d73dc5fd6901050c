export { fileError, isAbsent } from "./file-errors.ts";
export {
  type CreateFileLockOptions,
  createFileLock,
  type FileLock,
  type FileLockOptions,
  type Pauses,
} from "./file-lock.ts";
export type { FileState, FileSystem, OpenFile } from "./file-system.ts";
export { owner } from "./holder.ts";
export type { TryLock } from "./native-try-lock.ts";
export { createSafeFolder, type SafeFolder, type SafeFolderOptions, withFile } from "./safe-folder.ts";
