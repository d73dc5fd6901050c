import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { styleText } from "node:util";

/** Where a command writes: results on stdout, everything for people on stderr. */
export interface Terminal {
  /** What was asked for, with a newline. */
  print(text: string): void;
  /** One line for the person. */
  say(line: string): void;
  /** A line that is rewritten in place until something else is said; nothing where nobody watches. */
  live(line: string | undefined): void;
  /** What a person answers; `undefined` where nobody can be asked. Rejects when `signal` aborts. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** All of stdin; `undefined` where that is a person's keyboard, which would show what is typed. */
  read(): Promise<string | undefined>;
  /** Whether somebody watches stderr. */
  readonly interactive: boolean;
  /** Plain text where colours are not wanted: no terminal, `NO_COLOR`. */
  bold(text: string): string;
  dim(text: string): string;
}

const CLEAR_LINE = "\r\u001B[2K";

/** @param openStdin only called by who reads: opening it is not free */
export function createTerminal(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  openStdin: () => NodeJS.ReadStream,
): Terminal {
  const interactive = stderr.isTTY;
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write(CLEAR_LINE);
    shown = false;
  };
  return {
    interactive,
    print(result) {
      clear();
      stdout.write(`${result}\n`);
    },
    say(line) {
      clear();
      stderr.write(`${line}\n`);
    },
    live(line) {
      if (!interactive) return;
      clear();
      if (line === undefined) return;
      // A terminal that does not tell its width says 0.
      stderr.write(line.slice(0, (stderr.columns || 80) - 1));
      shown = true;
    },
    async ask(question, signal) {
      if (!interactive) return undefined;
      const stdin = openStdin();
      if (!stdin.isTTY) return undefined;
      clear();
      stderr.write(question);
      // Without the terminal's raw mode, so that Ctrl-C stays a signal to the process.
      const lines = createInterface({ input: stdin, terminal: false, signal });
      return new Promise((resolve, reject) => {
        lines.once("line", (line) => {
          resolve(line);
          lines.close();
        });
        lines.once("close", () => (signal.aborted ? reject(signal.reason) : resolve("")));
      });
    },
    async read() {
      const stdin = openStdin();
      return stdin.isTTY ? undefined : text(stdin);
    },
    bold: (words) => styleText("bold", words, { stream: stderr }),
    dim: (words) => styleText("dim", words, { stream: stderr }),
  };
}
