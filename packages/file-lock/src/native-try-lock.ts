import { TokenFlowError } from "@tokenflow/core";

/** Takes the exclusive kernel lock of a whole open file; false where another open file has it. */
export type TryLock = (fd: number) => boolean;

let loaded: TryLock | undefined;

/** Loaded by the first lock only: a program that just reads needs no native module. */
export async function loadNativeTryLock(): Promise<TryLock> {
  try {
    loaded ??= (await import("fs-native-extensions")).tryLock;
    return loaded;
  } catch {
    throw new TokenFlowError(
      "store.unavailable",
      `There is no file lock for this system (${process.platform} ${process.arch})`,
      {
        hint: "Use another store, or a system with a build of fs-native-extensions: Linux with glibc, macOS or Windows on x64 or arm64.",
      },
    );
  }
}
