import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";
import { root } from "../src/documents.ts";
import { type DocExample, readDocExamples } from "./support/doc-examples.ts";
import { GIVEN } from "./support/given-names.ts";

/** In this package, so that the examples find what they import; out of sight of git and the linters. */
const folder = join(import.meta.dirname, "../.output/doc-comments");

/** The entries that examples take names from; the first that has a name. */
const ENTRIES = [
  ...[
    "core",
    "core/encryption",
    "core/environment",
    "core/provider",
    "core/store",
    "core/telemetry",
    "core/testing",
  ],
  ...["provider-copilot", "provider-copilot/api", "provider-copilot/import"],
  ...["provider-hyper", "provider-hyper/api", "provider-oauth", "mcp", "mcp/client"],
  ...["store-file", "store-keychain", "store-redis", "file-lock", "browser", "adapters", "dialects"],
].map((entry) => `@tokenflow/${entry}`);

const options: ts.CompilerOptions = {
  ...ts.parseJsonConfigFileContent({ extends: join(root, "tsconfig.base.json") }, ts.sys, root).options,
  noEmit: true,
  declaration: false,
  isolatedDeclarations: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
  typeRoots: [join(root, "node_modules/@types")],
  customConditions: ["@tokenflow/source"],
};

/** The messages about a name that is not known, also in `{ name }`. */
const UNKNOWN_NAME = new Set([2304, 2503, 2552, 2582, 2593, 18004]);

/** Returns what the entries export, and the entry of each name. */
function readExports(program: ts.Program, index: string): ReadonlyMap<string, string> {
  const checker = program.getTypeChecker();
  const statements = program.getSourceFile(index)?.statements.filter(ts.isImportDeclaration) ?? [];
  return new Map(
    statements.toReversed().flatMap(({ moduleSpecifier }) => {
      const module = checker.getSymbolAtLocation(moduleSpecifier);
      const entry = moduleSpecifier.getText().slice(1, -1);
      return module ? checker.getExportsOfModule(module).map(({ name }) => [name, entry] as const) : [];
    }),
  );
}

/** Returns the example as a program. That of a member is a value of the member's type, or uses its owner. */
function programOf({ code, type }: DocExample): string {
  if (!type || new RegExp(`^[a-z]\\w*\\.${type.member}\\(`).test(code)) return code;
  const owner = `import(${JSON.stringify(join(root, type.file))}).${type.owner}`;
  const parameters = type.isGeneric ? "<unknown>" : "";
  return `export const example: ${owner}${parameters}["${type.member}"] =\n${code};`;
}

interface Compiled {
  readonly program: ts.Program;
  readonly problems: ReadonlyMap<string, readonly ts.Diagnostic[]>;
}

async function compile(files: ReadonlyMap<string, string>, last?: ts.Program): Promise<Compiled> {
  for (const [file, code] of files) await writeFile(file, `${code}\nexport {};\n`);
  const program = ts.createProgram([...files.keys()], options, undefined, last);
  const problems = [...files.keys()].map(
    (file) => [file, ts.getPreEmitDiagnostics(program, program.getSourceFile(file))] as const,
  );
  return { program, problems: new Map(problems) };
}

test("every example in a doc comment compiles, and has the type of what it is an example of", async () => {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const index = join(folder, "index.ts");
  const examples = new Map(
    readDocExamples().map((example) => [join(folder, `${example.name.replaceAll(/\W+/g, "-")}.ts`), example]),
  );
  const plain = new Map([...examples].map(([file, example]) => [file, programOf(example)]));
  const first = await compile(
    plain.set(index, ENTRIES.map((entry) => `import ${JSON.stringify(entry)};`).join("\n")),
  );
  const exported = readExports(first.program, index);
  const declare = (name: string): string | undefined => {
    const entry = exported.get(name);
    if (entry !== undefined) return `import { ${name} } from "${entry}";`;
    return Object.hasOwn(GIVEN, name) ? `declare const ${name}: ${GIVEN[name]};` : undefined;
  };
  const whole = [...plain].map(([file, code]) => {
    const unknown = (first.problems.get(file) ?? [])
      .filter((problem) => UNKNOWN_NAME.has(problem.code))
      .map(({ file: source, start = 0, length = 0 }) => source?.text.slice(start, start + length) ?? "");
    const lines = [...new Set(unknown)].map(declare).filter(Boolean);
    return [file, [...lines, code].join("\n")] as const;
  });
  const { problems } = await compile(new Map(whole), first.program);
  const messages = [...examples].flatMap(([file, { name }]) =>
    (problems.get(file) ?? []).map(
      ({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
    ),
  );
  expect(messages).toEqual([]);
  expect(examples.size).toBeGreaterThan(250);
});

test("every option with an example is of a type that can be named", () => {
  expect(readDocExamples().flatMap(({ name, isHidden }) => (isHidden ? [name] : []))).toEqual([]);
});

test("each given name is still needed", () => {
  const all = readDocExamples().map(({ code }) => code);
  const needless = Object.keys(GIVEN).filter(
    (name) => !all.some((code) => new RegExp(`(?<![\\w.])${name}\\b`).test(code)),
  );
  expect(needless).toEqual([]);
});
