import { writeSync } from "node:fs";

const STDOUT = 1;

/** Prints a line at once, without the platform's streams: loading them takes longer than all that `token` does. */
export function printLine(text: string): void {
  let rest: Uint8Array = Buffer.from(`${text}\n`);
  try {
    while (rest.length > 0) rest = rest.subarray(writeSync(STDOUT, rest));
  } catch (error) {
    const failure = error as NodeJS.ErrnoException;
    if (failure.code === "EAGAIN") process.stdout.on("error", onOutputError).write(rest);
    else onOutputError(failure);
  }
}

/** A reader that left (`| head -1`) is no reason to complain; a full disk is. */
export function onOutputError({ code }: NodeJS.ErrnoException): void {
  if (code === "EPIPE") return;
  process.exitCode = 1;
  process.stderr.write(`tokenflow: the output could not be written (${code}).\n`);
}
