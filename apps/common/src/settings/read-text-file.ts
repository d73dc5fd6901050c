import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { UsageError } from "../messages/usage-error.ts";

export interface TextFile {
  readonly text: string;
  readonly mode: number;
}

const KIB = 1024;
/** Far more than any file of settings has. */
const MAX_SETTINGS = 1024 * KIB;

/**
 * Reads a file that a person wrote, without the byte order mark that some editors of Windows put first.
 * @throws as {@link readRegularFile} does, with a limit of 1 MiB
 */
export function readTextFile(path: string): TextFile {
  const { bytes, mode } = readRegularFile(path, MAX_SETTINGS);
  return { text: bytes.toString("utf8").replace(/^\uFEFF/, ""), mode };
}

/**
 * Reads a file whose path came from outside. Waits for no pipe and reads no device.
 * @throws UsageError if it is not a regular file, or too large; the system's error if it cannot be read
 */
export function readRegularFile(
  path: string,
  maxBytes: number,
): { readonly bytes: Buffer; readonly mode: number } {
  // With O_NONBLOCK a named pipe opens at once. Windows has neither.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const state = fstatSync(file);
    if (!state.isFile())
      throw new UsageError(`${path} is not a regular file`, "Move it away, or name another.");
    if (state.size > maxBytes)
      throw new UsageError(`${path} has more than ${sizeText(maxBytes)}`, "Name a shorter one.");
    return { bytes: readFileSync(file), mode: state.mode };
  } finally {
    closeSync(file);
  }
}

function sizeText(bytes: number): string {
  return bytes < 1024 * KIB ? `${bytes / KIB} KiB` : `${bytes / KIB / 1024} MiB`;
}
