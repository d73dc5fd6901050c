import ts from "typescript";

export interface Finding {
  readonly line: number;
  readonly word: string;
}

/** Words that a reader whose first language is not English would have to look up. A line break counts as a space. */
const BANNED =
  /\b(?:anew|whoever|c[oa]m(?:e|es|ing)[\s*/-]+upon|mov(?:e|es|ed|ing)[\s*/-]+house|errands?|farewells?|in[\s*/-]+vain|to[\s*/-]+heart|at[\s*/-]+hand|mend(?:s|ed|ing)?)\b/gi;

/** Code, quotations and fenced blocks of a page; what is left is its prose. */
const NOT_PROSE = /^```[\s\S]*?^```|^ *>.*$|`[^`\n]*`|"[^"\n]*"|“[^”\n]*”/gm;

const QUESTION_WORD = /^\/\*\*[\s*]*(what|who|whose|whom|where|whether)\b/i;

/** Returns every banned word of a source or a page (`.md`), with its line. */
export function findBannedWords(path: string, text: string): readonly Finding[] {
  const blank = (block: string): string => block.replaceAll(/[^\n]/g, "-");
  const prose = path.endsWith(".md") ? text.replaceAll(NOT_PROSE, blank) : text;
  return [...prose.matchAll(BANNED)].map(({ index, 0: word }) => ({
    line: lineAt(prose, index),
    word: word.replaceAll(/[\s*/]+/g, " "),
  }));
}

/** Returns one entry for each doc comment: its line, and the question word that it begins with, or "". */
export function readDocComments(text: string): readonly Finding[] {
  const positions = new Set<number>();
  const visit = (node: ts.Node): void => {
    const ranges = [ts.getLeadingCommentRanges(text, node.pos), ts.getTrailingCommentRanges(text, node.pos)];
    for (const { pos } of ranges.flatMap((range) => range ?? [])) {
      if (/^\/\*\*[^*/]/.test(text.slice(pos, pos + 4))) positions.add(pos);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest));
  return [...positions]
    .toSorted((a, b) => a - b)
    .map((pos) => ({
      line: lineAt(text, pos),
      word: QUESTION_WORD.exec(text.slice(pos, pos + 80))?.[1] ?? "",
    }));
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
