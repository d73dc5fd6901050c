export type { FileState, FileSystem, OpenFile, TryLock } from "@tokenflow/file-lock";
export { createFileStore, type FileStore, type FileStoreOptions } from "./file-store.ts";
export { readSession, type StoredSession } from "./read-session.ts";
export { type SessionFolderOptions, sessionFolder } from "./session-folder.ts";
export { syncFileSystem } from "./sync-file-system.ts";
