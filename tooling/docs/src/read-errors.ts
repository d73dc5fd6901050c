import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ErrorCode } from "@tokenflow/core";
import ts from "typescript";
import { root } from "./documents.ts";

/** One place that creates an error. */
export interface Cause {
  /** The message, with `…` for names and numbers. */
  readonly message: string;
  /** The hint. Absent if it depends on the case. */
  readonly hint?: string | undefined;
}

export interface ErrorFacts {
  readonly code: ErrorCode;
  /** The meaning, from the comment on the code. */
  readonly meaning: string;
  readonly causes: readonly Cause[];
}

const UNION = "packages/core/src/base/errors.ts";
/** Fakes and contracts create their own errors. */
const NOT_FOR_USERS = /\/testing\//;

/** Returns every error code in the order of its union, with all places that create it. */
export function readErrors(): readonly ErrorFacts[] {
  const causes = new Map<string, Map<string, Cause>>();
  const sources = globSync("{packages,apps}/*/src/**/*.ts", { cwd: root }).sort();
  for (const path of sources.filter((path) => !NOT_FOR_USERS.test(path))) {
    visit(parse(path), (code, cause) => {
      const known = causes.get(code) ?? new Map<string, Cause>();
      known.set(`${cause.message}\n${cause.hint}`, cause);
      causes.set(code, known);
    });
  }
  return readUnion().map(({ code, meaning }) => ({
    code,
    meaning,
    causes: [...(causes.get(code)?.values() ?? [])].sort((a, b) => (a.message < b.message ? -1 : 1)),
  }));
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(join(root, path), "utf8"), ts.ScriptTarget.ESNext, true);
}

function readUnion(): readonly Omit<ErrorFacts, "causes">[] {
  const union = parse(UNION).statements.find(
    (statement) => ts.isTypeAliasDeclaration(statement) && statement.name.text === "ErrorCode",
  );
  const members = [...(union?.getText() ?? "").matchAll(/\/\*\* (.+?) \*\/\s*\| "([a-z_.]+)"/g)];
  if (members.length === 0) throw new Error(`${UNION} has no union of codes with a comment each`);
  return members.map(([, meaning = "", code]) => ({ code: code as ErrorCode, meaning }));
}

/** Finds `f("store.locked", "message", { hint: "…" })`, whatever `f` is called, and `["store.locked", "message", hint]`. */
function visit(node: ts.Node, found: (code: string, cause: Cause) => void): void {
  const [first, second, ...rest] = partsOf(node);
  const message = second && wordsOf(second);
  // A message that consists of names only means nothing on a page.
  const isSaid = message !== undefined && /\p{L}/u.test(message);
  if (first && ts.isStringLiteral(first) && /^[a-z]+\.[a-z_]+$/.test(first.text) && isSaid) {
    found(first.text, { message, hint: rest.map(hintOf).find(Boolean) });
  }
  ts.forEachChild(node, (child) => visit(child, found));
}

function partsOf(node: ts.Node): readonly ts.Node[] {
  if (ts.isNewExpression(node) || ts.isCallExpression(node)) return node.arguments ?? [];
  return ts.isArrayLiteralExpression(node) && (node.elements.length === 2 || node.elements.length === 3)
    ? node.elements
    : [];
}

/** Returns the text of a literal, with `…` for its expressions. */
function wordsOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  const spans = node.templateSpans.map(({ literal }) => `…${literal.text}`);
  return `${node.head.text}${spans.join("")}`.replaceAll(/…+/g, "…");
}

function hintOf(node: ts.Node): string | undefined {
  if (!ts.isObjectLiteralExpression(node)) return undefined;
  const hint = node.properties.find((property) => property.name?.getText() === "hint");
  return hint && ts.isPropertyAssignment(hint) ? wordsOf(hint.initializer) : undefined;
}
