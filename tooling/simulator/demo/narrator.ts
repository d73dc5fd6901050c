import { styleText } from "node:util";

/** Tells the story: colours and a live line on a terminal, plain lines elsewhere. */
export interface Narrator {
  say(text?: string): void;
  /** A new part of the story. */
  part(title: string): void;
  /** What a person would type. */
  command(line: string): void;
  /** Words as they arrive. */
  piece(text: string): void;
  note(text: string): void;
  /** Rewritten in place where somebody watches, nothing elsewhere. */
  live(text: string | undefined): void;
  check(text: string, holds: boolean): void;
  /** Whether every check held. */
  allHeld(): boolean;
}

export function createNarrator(out: NodeJS.WriteStream): Narrator {
  const style = (format: Parameters<typeof styleText>[0], text: string): string =>
    styleText(format, text, { stream: out });
  let parts = 0;
  let held = true;
  let live = false;
  const write = (text: string): void => {
    if (live) out.write("\r\u001B[2K");
    live = false;
    out.write(text);
  };
  return {
    say: (text = "") => write(`${text}\n`),
    part(title) {
      parts += 1;
      write(`\n${style("bold", `${parts}  ${title}`)}\n`);
    },
    command: (line) => write(`   ${style("dim", "$")} ${style("cyan", line)}\n`),
    piece: (text) => write(text),
    note: (text) => write(`   ${style("dim", text)}\n`),
    live(text) {
      if (!out.isTTY) return;
      write("");
      if (text === undefined) return;
      out.write(`   ${style("dim", text)}`);
      live = true;
    },
    check(text, holds) {
      held &&= holds;
      write(`   ${holds ? style("green", "✓") : style("red", "✗")} ${text}\n`);
    },
    allHeld: () => held,
  };
}
