// The module ships no types; this is the one function that we use.
declare module "fs-native-extensions" {
  /** Answers false where another open file holds the lock, throws with a system `code` otherwise. */
  export function tryLock(fd: number): boolean;
}
