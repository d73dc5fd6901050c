import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { UsageError } from "@tokenflow/common";

const STDIN = 0;

/** No question of any protocol comes near it. */
const MAX_INPUT = 64 * 1024;

/** A program that asks writes its question at once. */
const PATIENCE = 10_000;

/** The end of a question: an empty line, or the end of stdin. */
export type QuestionEnd = "blank-line" | "end";

interface Waiting {
  readonly bytes: Buffer;
  /** True if nothing of the question is missing. */
  readonly isWhole: boolean;
}

/**
 * Reads a question from stdin, up to the first empty line or to its end.
 * @param openStdin called only if the question is not there yet, because opening the stream takes time
 * @throws UsageError for one that is too long, does not end, or is not UTF-8
 */
export async function readQuestion(openStdin: () => NodeJS.ReadStream, until: QuestionEnd): Promise<string> {
  const { bytes, isWhole } = readWaiting(until);
  const question = isWhole ? bytes : await readRest(openStdin(), bytes, until);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(question);
  } catch {
    throw problem("is not UTF-8");
  }
}

/** Reads what is in the pipe or file, without waiting: the program that asks has written while this one started. */
function readWaiting(until: QuestionEnd): Waiting {
  const buffer = Buffer.allocUnsafe(MAX_INPUT + 1);
  let pipe: number | undefined;
  let size = 0;
  const waiting = (isWhole: boolean): Waiting => ({ bytes: buffer.subarray(0, size), isWhole });
  try {
    const kind = fstatSync(STDIN);
    if (!kind.isFIFO() && !kind.isFile()) return waiting(false);
    // Opened again: if the shared one did not wait, its other readers would break.
    if (kind.isFIFO()) pipe = openSync(`/proc/self/fd/${STDIN}`, constants.O_RDONLY | constants.O_NONBLOCK);
    while (size < buffer.length) {
      const count = readSync(pipe ?? STDIN, buffer, { offset: size });
      size += count;
      if (count === 0 || isEnded(buffer.subarray(0, size), until)) return waiting(true);
    }
  } catch {
    // The pipe is empty so far, or this system has no such path.
  } finally {
    if (pipe !== undefined) closeSync(pipe);
  }
  return waiting(false);
}

/** @param begun what was read before */
function readRest(stdin: NodeJS.ReadStream, begun: Buffer, until: QuestionEnd): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = begun;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      stdin.removeAllListeners("data").removeAllListeners("end").removeAllListeners("error");
      // A later error has no reader. An open pipe must not keep the process.
      stdin.on("error", () => undefined).destroy();
      settle();
    };
    const fail = (message: string): void => finish(() => reject(problem(message)));
    const deliver = (): void => finish(() => resolve(bytes));
    // A person who tries it by hand may take longer.
    const timer = stdin.isTTY ? undefined : setTimeout(() => fail("does not end"), PATIENCE);
    if (bytes.length > MAX_INPUT) return fail("is too long");
    stdin.on("data", (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (bytes.length > MAX_INPUT) fail("is too long");
      else if (isEnded(bytes, until)) deliver();
    });
    stdin.on("end", deliver);
    stdin.on("error", () => fail("cannot be read"));
  });
}

function isEnded(bytes: Buffer, until: QuestionEnd): boolean {
  return until === "blank-line" && bytes.includes("\n\n");
}

function problem(message: string): UsageError {
  return new UsageError(`the question on stdin ${message}`);
}
