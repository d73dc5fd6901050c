import { UsageError } from "@tokenflow/common";

/** No question of any protocol comes near it. */
const MAX_INPUT = 64 * 1024;

/** A program that asks writes its question at once. */
const PATIENCE = 10_000;

/** The end of a question: an empty line, or the end of stdin. */
export type QuestionEnd = "blank-line" | "end";

/**
 * Reads a question from stdin, up to the first empty line or to its end.
 * @throws UsageError for one that is too long, does not end, or is not UTF-8
 */
export function readQuestion(stdin: NodeJS.ReadStream, until: QuestionEnd): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (message: string): void =>
      finish(() => reject(new UsageError(`the question on stdin ${message}`)));
    // A person who tries it by hand may take longer.
    const timer = stdin.isTTY ? undefined : setTimeout(() => fail("does not end"), PATIENCE);
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      stdin.removeAllListeners("data").removeAllListeners("end").removeAllListeners("error");
      // A later error has no reader. An open pipe must not keep the process.
      stdin.on("error", () => undefined).destroy();
      settle();
    };
    const deliver = (): void => {
      try {
        const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.concat(chunks));
        finish(() => resolve(text));
      } catch {
        fail("is not UTF-8");
      }
    };
    stdin.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MAX_INPUT) fail("is too long");
      else if (until === "blank-line" && Buffer.concat(chunks).includes("\n\n")) deliver();
    });
    stdin.on("end", deliver);
    stdin.on("error", () => fail("cannot be read"));
  });
}
