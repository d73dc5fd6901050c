import { styleText } from "node:util";

/** Where a command writes: results on stdout, everything for people on stderr. */
export interface Terminal {
  /** What was asked for, with a newline. */
  print(text: string): void;
  /** One line for the person. */
  say(line: string): void;
  /** A line that is rewritten in place until something else is said; nothing where nobody watches. */
  live(line: string | undefined): void;
  /** Whether somebody watches stderr. */
  readonly interactive: boolean;
  /** Plain text where colours are not wanted: no terminal, `NO_COLOR`. */
  bold(text: string): string;
  dim(text: string): string;
}

const CLEAR_LINE = "\r\u001B[2K";

export function createTerminal(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream): Terminal {
  const interactive = stderr.isTTY;
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write(CLEAR_LINE);
    shown = false;
  };
  return {
    interactive,
    print(text) {
      clear();
      stdout.write(`${text}\n`);
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
    bold: (text) => styleText("bold", text, { stream: stderr }),
    dim: (text) => styleText("dim", text, { stream: stderr }),
  };
}
