import { escapeControls } from "@tokenflow/common";

const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
const CLEAR_TO_END = "\u001B[K";
const CLEAR_BELOW = "\u001B[J";

export type Key = "q" | "ctrl-c";

/** Lines of a terminal that are redrawn in place, and the keys that the person presses. */
export interface Screen {
  /** Writes the lines that have changed. */
  draw(lines: readonly string[]): void;
  /**
   * Returns the next known key, or `undefined` if none is pressed within `within` milliseconds.
   * Rejects when `signal` aborts.
   */
  key(within: number, signal: AbortSignal): Promise<Key | undefined>;
  /** Restores the terminal and leaves the lines on it. */
  close(): void;
}

/** Returns `undefined` if stdin or stdout is not a terminal. */
export function createScreen(stdout: NodeJS.WriteStream, stdin: NodeJS.ReadStream): Screen | undefined {
  if (!stdout.isTTY || !stdin.isTTY) return undefined;
  let shown: readonly string[] = [];
  let waiting: ((key: Key) => void) | undefined;
  // A key that was pressed while nothing waited for one.
  let pressed: Key | undefined;
  const onData = (data: Buffer): void => {
    // In raw mode, Ctrl-C arrives as a byte. A terminal that closes sends none.
    for (const byte of data) {
      const key = byte === 3 ? "ctrl-c" : byte === 0x71 || byte === 0x51 ? "q" : undefined;
      if (key === undefined) continue;
      if (waiting) waiting(key);
      else pressed = key;
    }
  };
  const redraw = (): void => {
    shown = [];
  };
  stdin.setRawMode(true);
  stdin.on("data", onData);
  stdout.on("resize", redraw);
  stdout.write(HIDE_CURSOR);
  return {
    draw(lines) {
      // Some terminals report a width of 0.
      const fitting = lines.map((line) => escapeControls(line).slice(0, (stdout.columns || 80) - 1));
      let text = shown.length > 0 ? `\u001B[${shown.length}A\r` : "\r";
      for (const [index, line] of fitting.entries()) {
        text += line === shown[index] ? "\n" : `${line}${CLEAR_TO_END}\n`;
      }
      stdout.write(fitting.length < shown.length ? text + CLEAR_BELOW : text);
      shown = fitting;
    },
    key: (within, signal) =>
      new Promise((resolve, reject) => {
        const settle = (key: Key | undefined): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", abort);
          waiting = undefined;
          resolve(key);
        };
        const abort = (): void => {
          reject(signal.reason);
          settle(undefined);
        };
        const timer = setTimeout(() => settle(undefined), within);
        waiting = settle;
        signal.addEventListener("abort", abort, { once: true });
        if (signal.aborted) abort();
        else if (pressed !== undefined) settle(pressed);
      }),
    close() {
      stdout.off("resize", redraw);
      stdin.off("data", onData);
      stdin.setRawMode(false);
      stdin.pause();
      stdout.write(SHOW_CURSOR);
    },
  };
}
