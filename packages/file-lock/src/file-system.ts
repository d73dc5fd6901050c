/** What locks and stores ask of a file system: the part of `node:fs/promises` that they use, so that a test can fault every call. */
export interface FileSystem {
  /** Follows links. */
  stat(path: string): Promise<FileState>;
  mkdir(path: string, options: { readonly recursive: true; readonly mode: number }): Promise<unknown>;
  readdir(path: string): Promise<string[]>;
  open(path: string, flags: number, mode?: number): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
}

/** An open file, as `FileHandle`. */
export interface OpenFile {
  readonly fd: number;
  stat(): Promise<FileState>;
  readFile(encoding: "utf8"): Promise<string>;
  writeFile(text: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** What is looked at of a file or folder, as `Stats`. */
export interface FileState {
  readonly mode: number;
  readonly uid: number;
  readonly ino: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}
