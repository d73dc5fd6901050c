import { writeSync } from "node:fs";

const STDOUT = 1;

/** Prints a line without Node's streams: loading them takes longer than everything else that `token` does. */
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

/** Ignores a closed pipe (`| head -1`), and reports other errors, such as a full disk. */
export function onOutputError({ code }: NodeJS.ErrnoException): void {
  if (code === "EPIPE") return;
  process.exitCode = 1;
  process.stderr.write(`tokenflow: cannot write the output (${code}).\n`);
}
