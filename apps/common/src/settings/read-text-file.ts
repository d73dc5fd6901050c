import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { UsageError } from "../messages/usage-error.ts";

export interface TextFile {
  readonly text: string;
  readonly mode: number;
}

/** Far more than any file of settings has. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a file that a person wrote, without the byte order mark that some editors of Windows put first. Waits for no
 * pipe and reads no device.
 * @throws UsageError if it is not a regular file, or too large; the system's error if it cannot be read
 */
export function readTextFile(path: string): TextFile {
  // With O_NONBLOCK a named pipe opens at once. Windows has neither.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const state = fstatSync(file);
    if (!state.isFile()) throw new UsageError(`${path} is not a regular file`, "Move it away.");
    if (state.size > MAX_BYTES) throw new UsageError(`${path} has more than 1 MiB`, "Settings are shorter.");
    return { text: readFileSync(file, "utf8").replace(/^\uFEFF/, ""), mode: state.mode };
  } finally {
    closeSync(file);
  }
}
