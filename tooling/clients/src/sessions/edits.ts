import type { ScriptedCall } from "@tokenflow/simulator";

/** The file that is edited, in the client's folder. */
export const FILE = "notes.txt";
/** How often it is edited. The first time creates it. */
export const EDITS = 10;

/** The line that each edit adds, with what a translation or a stream might break. */
const LINES: readonly string[] = Array.from(
  { length: EDITS },
  (_, index) => `${index + 1}: "quoted", it's \\n \\u0041 C:\\temp\\, größer → 🌍 \${x} $& <b>&amp;</b> %41`,
);

/** The text of the file after all edits. */
export const EDITED: string = `${LINES.join("\n")}\n`;

/** One edit: the text `before` becomes `after`. The first one has nothing before it. */
export interface Edit {
  readonly before: string;
  readonly after: string;
}

/** Returns the edits in order, in the form of a client's own tool. */
export function scriptOf(call: (edit: Edit) => ScriptedCall): readonly ScriptedCall[] {
  return LINES.map((line, index) => {
    const before = LINES[index - 1];
    return call(before === undefined ? { before: "", after: line } : { before, after: `${before}\n${line}` });
  });
}
