import { createRequire } from "node:module";
import { TokenFlowError } from "@tokenflow/core";

/** Takes the exclusive kernel lock of an open file. Returns false if another open file has it. */
export type TryLock = (fd: number) => boolean;

/** The function of the native module that is used here. It throws an error with a system `code`. */
interface NativeModule {
  tryLock(fd: number, offset: number, length: number, isExclusive: boolean): void;
}

let loaded: NativeModule | undefined;

/**
 * Loads the native module for the first lock, so that a program that only reads does not need it.
 *
 * The build is loaded by its path. The module's own loader asks for a build for musl where it finds Alpine, and there is
 * none; but the build for Linux calls nothing that musl lacks, and musl loads it. Both libraries lock alike, so a folder
 * may be shared by both. The loader also takes ten times as long as the build.
 */
export async function loadNativeTryLock(): Promise<TryLock> {
  const native = (loaded ??= requireNativeModule());
  return (fd) => {
    native.tryLock(fd, 0, 0, true);
    return true;
  };
}

/** @throws `store.unavailable` if there is no build for this system, or the runtime refuses it */
function requireNativeModule(): NativeModule {
  const { platform, arch } = process;
  try {
    const require = createRequire(import.meta.url);
    return require(
      `fs-native-extensions/prebuilds/${platform}-${arch}/fs-native-extensions.node`,
    ) as NativeModule;
  } catch {
    throw new TokenFlowError(
      "store.unavailable",
      `File locks are not available on this system (${platform} ${arch})`,
      {
        hint: "Use another store, or a system with a build of fs-native-extensions: Linux, macOS or Windows on x64 or arm64. On Linux Bun needs glibc.",
      },
    );
  }
}
