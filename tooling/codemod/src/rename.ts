/**
 * Renames identifiers in the whole workspace: `node tooling/codemod/src/rename.ts`.
 * Each row of `renames.tsv` names a file, a declaration in it and the new name. A declaration is `name`,
 * `Holder.member`, or `function>local` for a name inside a function. Prints the rows that it could not apply.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";

const root: string = resolve(import.meta.dirname, "../../..");
const rows: readonly string[][] = readFileSync(join(import.meta.dirname, "../renames.tsv"), "utf8")
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"))
  .map((line) => line.split("\t"));

const config = ts.getParsedCommandLineOfConfigFile(
  join(root, "tsconfig.json"),
  {},
  {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: () => process.exit(1),
  },
);
if (!config) throw new Error("tsconfig.json cannot be read");

const texts = new Map<string, { text: string; version: number }>();
const read = (file: string): { text: string; version: number } | undefined => {
  const known = texts.get(file);
  if (known) return known;
  const text = ts.sys.readFile(file);
  if (text === undefined) return undefined;
  const entry = { text, version: 0 };
  texts.set(file, entry);
  return entry;
};
const service = ts.createLanguageService({
  getCompilationSettings: () => config.options,
  getScriptFileNames: () => config.fileNames,
  getScriptVersion: (file) => String(read(file)?.version ?? 0),
  getScriptSnapshot: (file) => {
    const entry = read(file);
    return entry && ts.ScriptSnapshot.fromString(entry.text);
  },
  getCurrentDirectory: () => root,
  getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
  fileExists: ts.sys.fileExists,
  readFile: ts.sys.readFile,
  directoryExists: ts.sys.directoryExists,
  getDirectories: ts.sys.getDirectories,
  ...(ts.sys.realpath ? { realpath: ts.sys.realpath } : {}),
});

/** Finds the position of a declaration's name. */
function locate(file: string, path: string): number | undefined {
  const source = service.getProgram()?.getSourceFile(file);
  if (!source) return undefined;
  const inFunction = path.split(">");
  const [holder = "", member] = (inFunction.pop() ?? "").split(".");
  let scope: ts.Node = source;
  const declared = (node: ts.Node, name: string): ts.Node | undefined => {
    let found: ts.Node | undefined;
    const visit = (child: ts.Node): void => {
      if (found) return;
      const named = child as ts.Node & { name?: ts.Node };
      const isDeclaration =
        ts.isFunctionDeclaration(child) ||
        ts.isVariableDeclaration(child) ||
        ts.isInterfaceDeclaration(child) ||
        ts.isTypeAliasDeclaration(child) ||
        ts.isClassDeclaration(child) ||
        ts.isParameter(child) ||
        ts.isBindingElement(child) ||
        ts.isMethodDeclaration(child) ||
        ts.isMethodSignature(child) ||
        ts.isPropertySignature(child) ||
        ts.isPropertyDeclaration(child) ||
        ts.isPropertyAssignment(child);
      if (isDeclaration && named.name?.getText() === name) {
        found = child;
        return;
      }
      ts.forEachChild(child, visit);
    };
    ts.forEachChild(node, visit);
    return found;
  };
  for (const name of inFunction) scope = declared(scope, name) ?? scope;
  const target = declared(scope, holder);
  const named: (ts.Node & { name?: ts.Node }) | undefined =
    member === undefined ? target : target && declared(target, member);
  return named?.name?.getStart();
}

let failed = 0;
for (const [path = "", name = "", next = ""] of rows) {
  const file = join(root, path);
  const position = locate(file, name);
  const locations =
    position === undefined ? undefined : service.findRenameLocations(file, position, false, false, {});
  if (!locations) {
    failed += 1;
    console.log(`not found: ${path} ${name}`);
    continue;
  }
  const byFile = Map.groupBy(locations, ({ fileName }) => fileName);
  for (const [fileName, spans] of byFile) {
    const entry = read(fileName);
    if (!entry) continue;
    let { text } = entry;
    for (const { textSpan } of spans.toSorted((a, b) => b.textSpan.start - a.textSpan.start)) {
      text = text.slice(0, textSpan.start) + next + text.slice(textSpan.start + textSpan.length);
    }
    texts.set(fileName, { text, version: entry.version + 1 });
  }
}
for (const [file, { text, version }] of texts) if (version > 0) writeFileSync(file, text);
console.log(`${rows.length - failed} of ${rows.length} renames applied`);
process.exitCode = failed === 0 ? 0 : 1;
