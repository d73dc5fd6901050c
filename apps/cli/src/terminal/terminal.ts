import { once } from "node:events";
import { styleText } from "node:util";
import { escapeControls, startedAs } from "@tokenflow/common";
import { toAscii, wantsAscii } from "./ascii.ts";
import { type QuestionEnd, readQuestion } from "./read-question.ts";
import { createScreen, type Screen } from "./screen.ts";

/**
 * The output of a command: results on stdout, everything for people on stderr. Control characters in any text are
 * written as escapes, so that no text from outside controls the terminal.
 */
export interface Terminal {
  /** Writes the commands in a text as the person can type them. `say` does so by itself. */
  asStarted(text: string): string;
  /** Prints a result on stdout, with a newline. */
  print(text: string): void;
  /** Writes bytes to stdout, and waits while the reader is slower. Only a terminal gets them as escaped text. */
  write(bytes: Uint8Array): Promise<void>;
  /** Prints one line for the person on stderr. */
  say(line: string): void;
  /** Prints a picture made of characters on stderr, unchanged. */
  draw(picture: string): void;
  /** Shows a line that is rewritten in place until the next output. Does nothing without a terminal. */
  live(line: string | undefined): void;
  /** Returns the person's answer, or `undefined` without a terminal. Rejects when `signal` aborts. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined>;
  /** Reads all of stdin. Returns `undefined` if it is a terminal, which would show what is typed. */
  read(): Promise<string | undefined>;
  /** Reads another program's question from stdin. */
  readQuestion(until: QuestionEnd): Promise<string>;
  /** Opens lines on stdout that are redrawn in place, or returns `undefined` without a terminal. Close it. */
  openScreen(): Screen | undefined;
  /** Colours words for stdout. */
  paint(colour: "green" | "yellow" | "red", text: string): string;
  /** True if stderr is a terminal. */
  readonly interactive: boolean;
  /** The width of stderr; 80 if it is unknown. */
  readonly columns: number;
  /** True if only ASCII can be shown. */
  readonly ascii: boolean;
  /** Returns plain text without a terminal or with `NO_COLOR`. */
  bold(text: string): string;
  dim(text: string): string;
}

/** Matches the sequences that `paint`, `bold` and `dim` write. */
const STYLES = new RegExp(`(${String.fromCharCode(0x1b)}\\[(?:1|2|22|31|32|33|39)m)`);

/** Escapes control characters, except our own styles if the stream shows them. */
function escapeFor(stream: NodeJS.WriteStream, text: string): string {
  if (styleText("bold", "", { stream }) === "") return escapeControls(text);
  const parts = text.split(STYLES);
  return parts.map((part, index) => (index % 2 === 0 ? escapeControls(part) : part)).join("");
}

/** Decodes a response body for a terminal, in which only tabs and line ends are kept. */
function createBodyDecoder(): (bytes: Uint8Array) => string {
  const decoder = new TextDecoder();
  return (bytes) =>
    decoder
      .decode(bytes, { stream: true })
      .replaceAll("\r\n", "\n")
      .split("\t")
      .map(escapeControls)
      .join("\t");
}

const CLEAR_LINE = "\r\u001B[2K";

/** @param openStdin called only when stdin is read, because opening it takes time */
export function createTerminal(
  stdout: NodeJS.WriteStream,
  stderr: NodeJS.WriteStream,
  openStdin: () => NodeJS.ReadStream,
  env: Readonly<Record<string, string | undefined>> = {},
): Terminal {
  const interactive = stderr.isTTY;
  const ascii = wantsAscii(env, process.platform);
  const forPeople = (words: string, stream = stderr): string => {
    const safe = escapeFor(stream, words);
    return ascii ? toAscii(safe) : safe;
  };
  const asStarted = startedAs(env);
  const decodeBody = createBodyDecoder();
  // Some terminals report a width of 0.
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
    asStarted,
    print(result) {
      clear();
      // Data for a program stays unchanged; text on a terminal must be readable.
      stdout.write(`${stdout.isTTY ? forPeople(result, stdout) : escapeFor(stdout, result)}\n`);
    },
    async write(bytes) {
      clear();
      // A closed reader causes an error event on the stream, so only an open one is waited for.
      const ready = stdout.write(stdout.isTTY ? decodeBody(bytes) : bytes);
      if (!ready && !stdout.destroyed) {
        await Promise.race([once(stdout, "drain"), once(stdout, "close")]);
      }
    },
    say(line) {
      clear();
      stderr.write(`${forPeople(asStarted(line))}\n`);
    },
    draw(picture) {
      clear();
      stderr.write(`${picture}\n`);
    },
    live(line) {
      // A dumb terminal would show the control sequences.
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
      // Without raw mode, so that Ctrl-C stays a signal to the process.
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
    readQuestion: (until) => readQuestion(openStdin, until),
    openScreen: () => createScreen(stdout, openStdin()),
    paint: (colour, words) => styleText(colour, words, { stream: stdout }),
    bold: (words) => styleText("bold", words, { stream: stderr }),
    dim: (words) => styleText("dim", words, { stream: stderr }),
  };
}
