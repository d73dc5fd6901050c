import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../../src/documents.ts";

/** The example of a doc comment, as code. */
export interface DocExample {
  /** `packages/core/src/token/token.ts:42` */
  readonly name: string;
  readonly code: string;
  /** The type that a value must have: that of a member of an exported type. Absent for a program. */
  readonly type?:
    | { readonly file: string; readonly owner: string; readonly member: string; readonly isGeneric: boolean }
    | undefined;
  /** The exported type that the member is in cannot be named. */
  readonly isHidden?: boolean | undefined;
}

/** Returns every example in a doc comment of the packages. */
export function readDocExamples(): readonly DocExample[] {
  return globSync("packages/*/src/**/*.ts", { cwd: root })
    .filter((path) => !path.endsWith(".d.ts"))
    .sort()
    .flatMap(readFile);
}

function readFile(path: string): readonly DocExample[] {
  const text = readFileSync(join(root, path), "utf8");
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const found = new Map<number, DocExample>();
  const visit = (node: ts.Node): void => {
    for (const tag of ts.getJSDocTags(node)) {
      if (tag.tagName.text !== "example" || found.has(tag.pos)) continue;
      const line = source.getLineAndCharacterOfPosition(tag.pos).line + 1;
      const comment = ts.getTextOfJSDocComment(tag.comment) ?? "";
      const code = comment.replace(/^\s*```ts\n/, "").replace(/\n```[\s\S]*$/, "");
      found.set(tag.pos, { name: `${path}:${line}`, code, ...typeOf(node, path) });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...found.values()];
}

function typeOf(node: ts.Node, file: string): Pick<DocExample, "type" | "isHidden"> {
  if (!ts.isPropertySignature(node) && !ts.isMethodSignature(node)) return {};
  const owner = node.parent;
  if (!ts.isInterfaceDeclaration(owner)) return { isHidden: true };
  const isExported = owner.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false;
  if (!isExported) return { isHidden: true };
  return {
    type: {
      file,
      owner: owner.name.text,
      member: node.name.getText(),
      isGeneric: owner.typeParameters !== undefined,
    },
  };
}
