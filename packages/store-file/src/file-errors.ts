import { TokenFlowError } from "@tokenflow/core";

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full. Free some space and try again.",
  EDQUOT: "Your disk quota is used up. Free some space and try again.",
  EROFS: "The file system is read-only. Set TOKENFLOW_HOME to a folder that you can write.",
  EACCES: "Make the folder yours, or set TOKENFLOW_HOME to one that you can write.",
  EPERM: "Make the folder yours, or set TOKENFLOW_HOME to one that you can write.",
  ENOTDIR: "A file stands where a folder is needed. Move it away, or set TOKENFLOW_HOME to another folder.",
  EEXIST: "A file stands where a folder is needed. Move it away, or set TOKENFLOW_HOME to another folder.",
  EISDIR: "A folder stands where a file is needed. Move it away.",
  EMFILE: "Run: ulimit -n 4096",
  ENFILE: "This machine has too many files open. Close some programs and try again.",
};

/** The system's word for what went wrong, `ENOSPC`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/** Whether there is nothing at that path. */
export function isAbsent(error: unknown): boolean {
  return systemCode(error) === "ENOENT";
}

/** A failed call as `store.unavailable`, with what to do about it; errors of ours pass through. */
export function fileError(error: unknown, act: "read" | "written" | "locked", path: string): TokenFlowError {
  if (error instanceof TokenFlowError) return error;
  const code = systemCode(error) ?? "unknown error";
  return new TokenFlowError("store.unavailable", `${path} cannot be ${act} (${code})`, {
    reason: code,
    hint: HINTS[code] ?? "Check the disk, or set TOKENFLOW_HOME to a folder on another one.",
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
