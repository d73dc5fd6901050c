import { TokenFlowError } from "@tokenflow/core";
import { systemCode } from "@tokenflow/core/store";

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: "The disk is full. Free some space and try again.",
  EDQUOT: "Your disk quota is used up. Free some space and try again.",
  ENOTDIR: "A file has the name of a folder that is needed. Move it away.",
  EEXIST: "A file has the name of a folder that is needed. Move it away.",
  EISDIR: "A folder has the name of a file that is needed. Move it away.",
  EMFILE: "Run: ulimit -n 4096",
  ENFILE: "This machine has too many open files. Close some programs and try again.",
};

/** Problems of the folder, which another folder solves. */
const FOLDER_PROBLEMS: Readonly<Record<string, string>> = {
  EROFS: "The file system is read-only.",
  // Node's code if folders are to be created on a read-only file system.
  ENOENT: "The folder cannot be created; its file system may be read-only.",
  EACCES: "You may not write there.",
  EPERM: "You may not write there.",
};

/** Returns `true` if the error says that nothing exists at a path. */
export function isAbsent(error: unknown): boolean {
  return systemCode(error) === "ENOENT";
}

/**
 * Turns a failed call into `store.unavailable` with a hint. Errors of ours are returned as they are.
 * @param fallbackHint one sentence: what to do if the folder cannot be used
 */
export function fileError(
  error: unknown,
  act: "read" | "written" | "locked",
  path: string,
  fallbackHint: string,
): TokenFlowError {
  if (error instanceof TokenFlowError) return error;
  const code = systemCode(error) ?? "unknown error";
  const hint = HINTS[code] ?? `${FOLDER_PROBLEMS[code] ?? "Check the disk."} ${fallbackHint}`;
  return new TokenFlowError("store.unavailable", `${path} cannot be ${act} (${code})`, {
    reason: code,
    hint,
  });
}

/** Makes the error for a path that others can read or change, with the command that fixes it. */
export function insecure(path: string, problem: string, command: string): TokenFlowError {
  return new TokenFlowError("store.insecure", `${path} ${problem}`, {
    hint: `Run: ${command} ${quote(path)}`,
  });
}

/** Makes the error for root in the folder of another user. */
export function asRoot(message: string, owner: number): TokenFlowError {
  return new TokenFlowError("store.insecure", message, {
    hint: `Run it without sudo, as the user with the id ${owner}. If it has to be root, set TOKENFLOW_HOME to a folder of root.`,
  });
}

/** Quotes a path for a shell. */
function quote(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
