/** The subset of `node:fs/promises` that locks and stores use. It is injectable, so that tests can simulate failures. */
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
  readFile(): Promise<Uint8Array>;
  writeFile(text: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The part of `Stats` that is read. */
export interface FileState {
  readonly mode: number;
  readonly uid: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}
