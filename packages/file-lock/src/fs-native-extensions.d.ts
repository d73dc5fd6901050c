// The module ships no types; this is the one function that we use.
declare module "fs-native-extensions" {
  /** Returns false if another open file holds the lock. Throws an error with a system `code` on any other failure. */
  export function tryLock(fd: number): boolean;
}
