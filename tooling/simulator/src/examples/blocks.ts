/** A block of code in a document. */
export interface Block {
  /** What stands behind the opening fence: `ts`, `sh`; empty where nothing does. */
  readonly language: string;
  readonly code: string;
  /** Where its first line stands in the document, from 1 on. */
  readonly line: number;
}

/** Every fenced block of a Markdown text, in its order; indented ones lose what the fence is indented by. */
export function readBlocks(markdown: string): readonly Block[] {
  return [...markdown.matchAll(/^( *)```(\w*).*\n([\s\S]*?)^ *```$/gm)].map((match) => {
    const [, indent = "", language = "", code = ""] = match;
    return {
      language,
      code: indent === "" ? code : code.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
      line: markdown.slice(0, match.index).split("\n").length + 1,
    };
  });
}
