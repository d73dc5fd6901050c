import { TokenFlowError } from "@tokenflow/core";
import { systemCode } from "@tokenflow/core/store";

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full. Free some space and try again.",
  EDQUOT: "Your disk quota is used up. Free some space and try again.",
  ENOTDIR: "A file stands where a folder is needed. Move it away.",
  EEXIST: "A file stands where a folder is needed. Move it away.",
  EISDIR: "A folder stands where a file is needed. Move it away.",
  EMFILE: "Run: ulimit -n 4096",
  ENFILE: "This machine has too many files open. Close some programs and try again.",
};

/** What is wrong with the place, so that another one is the remedy. */
const TROUBLES: Readonly<Record<string, string>> = {
  EROFS: "The file system is read-only.",
  // What Node answers for a read-only file system where folders are to be made on the way.
  ENOENT: "The folder cannot be made; its file system may be read-only.",
  EACCES: "This user may not write there.",
  EPERM: "This user may not write there.",
};

/** Whether there is nothing at that path. */
export function isAbsent(error: unknown): boolean {
  return systemCode(error) === "ENOENT";
}

/**
 * A failed call as `store.unavailable`, with what to do about it; errors of ours pass through.
 * @param elsewhere what to do where the place is no good, as one sentence
 */
export function fileError(
  error: unknown,
  act: "read" | "written" | "locked",
  path: string,
  elsewhere: string,
): TokenFlowError {
  if (error instanceof TokenFlowError) return error;
  const code = systemCode(error) ?? "unknown error";
  const hint = HINTS[code] ?? `${TROUBLES[code] ?? "Check the disk."} ${elsewhere}`;
  return new TokenFlowError("store.unavailable", `${path} cannot be ${act} (${code})`, {
    reason: code,
    hint,
  });
}

/** What could have been seen or changed by others, with the command that mends it. */
export function insecure(path: string, trouble: string, command: string): TokenFlowError {
  return new TokenFlowError("store.insecure", `${path} ${trouble}`, {
    hint: `Run: ${command} ${quote(path)}`,
  });
}

/** A path as a shell takes it. */
function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
