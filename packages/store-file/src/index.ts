export { createFileStore, type FileStore, type FileStoreOptions } from "./file-store.ts";
export type { FileState, FileSystem, OpenFile } from "./file-system.ts";
export type { TryLock } from "./kernel-lock.ts";
export { type SessionFolderOptions, sessionFolder } from "./session-folder.ts";
