import { once } from "node:events";
import { styleText } from "node:util";
import { toAscii, wantsAscii } from "./ascii.ts";
import { createScreen, type Screen } from "./screen.ts";

/** Where a command writes: results on stdout, everything for people on stderr. */
export interface Terminal {
  /** What was asked for, with a newline. */
  print(text: string): void;
  /** Bytes on stdout as they are, no faster than they are taken. */
  write(bytes: Uint8Array): Promise<void>;
  /** One line for the person. */
  say(line: string): void;
  /** A picture made of characters, as it is. */
  draw(picture: string): void;
  /** A line that is rewritten in place until something else is said; nothing where nobody watches. */
  live(line: string | undefined): void;
  /** What a person answers; `undefined` where nobody can be asked. Rejects when `signal` aborts. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** All of stdin; `undefined` where that is a person's keyboard, which would show what is typed. */
  read(): Promise<string | undefined>;
  /** Lines on stdout that are drawn again and again; `undefined` where nobody watches. Close it. */
  openScreen(): Screen | undefined;
  /** Words on stdout that also say by their colour how it stands. */
  paint(colour: "green" | "yellow" | "red", text: string): string;
  /** Whether somebody watches stderr. */
  readonly interactive: boolean;
  /** How many columns there are; 80 where nobody says. */
  readonly columns: number;
  /** Whether nothing but ASCII can be shown. */
  readonly ascii: boolean;
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
  env: Readonly<Record<string, string | undefined>> = {},
): Terminal {
  const interactive = stderr.isTTY;
  const ascii = wantsAscii(env, process.platform);
  const forPeople = (words: string): string => (ascii ? toAscii(words) : words);
  // A terminal that does not tell its width says 0.
  const width = (): number => stderr.columns || 80;
  let shown = false;
  const clear = (): void => {
    if (shown) stderr.write(CLEAR_LINE);
    shown = false;
  };
  return {
    interactive,
    ascii,
    get columns() {
      return width();
    },
    print(result) {
      clear();
      // Data stays as it is; what a person sees must be legible.
      stdout.write(`${stdout.isTTY ? forPeople(result) : result}\n`);
    },
    async write(bytes) {
      clear();
      // A reader that left is told of by the stream's error; nobody waits for it to drain.
      if (!stdout.write(bytes) && !stdout.destroyed) {
        await Promise.race([once(stdout, "drain"), once(stdout, "close")]);
      }
    },
    say(line) {
      clear();
      stderr.write(`${forPeople(line)}\n`);
    },
    draw(picture) {
      clear();
      stderr.write(`${picture}\n`);
    },
    live(line) {
      // Rewriting takes control sequences, which a dumb terminal would show.
      if (!interactive || env["TERM"] === "dumb") return;
      clear();
      if (line === undefined) return;
      stderr.write(forPeople(line).slice(0, width() - 1));
      shown = true;
    },
    async ask(question, signal) {
      if (!interactive) return undefined;
      const stdin = openStdin();
      if (!stdin.isTTY) return undefined;
      clear();
      stderr.write(forPeople(question));
      const { createInterface } = await import("node:readline");
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
      if (stdin.isTTY) return undefined;
      const { text } = await import("node:stream/consumers");
      return text(stdin);
    },
    openScreen: () => createScreen(stdout, openStdin()),
    paint: (colour, words) => styleText(colour, words, { stream: stdout }),
    bold: (words) => styleText("bold", words, { stream: stderr }),
    dim: (words) => styleText("dim", words, { stream: stderr }),
  };
}
