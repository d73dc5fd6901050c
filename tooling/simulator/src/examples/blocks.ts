/** A block of code in a document. */
export interface Block {
  /** The word after the opening fence: `ts`, `sh`, or empty. */
  readonly language: string;
  readonly code: string;
  /** The number of its first line in the document, from 1. */
  readonly line: number;
}

/** Returns every fenced block of a Markdown text in order. The indentation of the fence is removed. */
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
