import { TokenFlowError } from "@tokenflow/core";

/** Takes the exclusive kernel lock of an open file. Returns false if another open file has it. */
export type TryLock = (fd: number) => boolean;

let loaded: TryLock | undefined;

/** Loads the native module for the first lock, so that a program that only reads does not need it. */
export async function loadNativeTryLock(): Promise<TryLock> {
  try {
    loaded ??= (await import("fs-native-extensions")).tryLock;
    return loaded;
  } catch {
    throw new TokenFlowError(
      "store.unavailable",
      `File locks are not available on this system (${process.platform} ${process.arch})`,
      {
        hint: "Use another store, or a system with a build of fs-native-extensions: Linux with glibc, macOS or Windows on x64 or arm64.",
      },
    );
  }
}
