import { join } from "node:path";
import type { WorkspacePackage } from "@tokenflow/build/workspace";
import ts from "typescript";
import { root } from "./documents.ts";

/** Begins every page that is written from the code. */
export const NOTE = "<!-- Written by `pnpm run write-docs`, from the code. -->";

/**
 * Returns the exports of each package, by its folder: every name and type of its built declarations, without
 * comments. A change to the public API is a change to these pages.
 */
export function apiReports(libraries: readonly WorkspacePackage[]): Readonly<Record<string, string>> {
  // One program for all packages reads the libraries of the language once.
  const program = ts.createProgram(
    libraries.flatMap(entriesOf).map(({ file }) => file),
    {
      target: ts.ScriptTarget.ESNext,
      module: ts.ModuleKind.NodeNext,
      skipLibCheck: true,
      types: [],
    },
  );
  return Object.fromEntries(
    libraries.map((library) => {
      const head = `# What ${library.manifest.name} exports\n\n${NOTE}\n`;
      const parts = entriesOf(library).map(({ name, file }) => section(name, exportsOf(file, program)));
      return [library.folder, [head, ...parts].join("\n")];
    }),
  );
}

interface Entry {
  /** The name that it is imported by. */
  readonly name: string;
  /** The file of its declarations. */
  readonly file: string;
}

function entriesOf({ folder, manifest }: WorkspacePackage): readonly Entry[] {
  return Object.entries(manifest.publishConfig?.exports ?? {}).flatMap(([subpath, target]) =>
    typeof target === "string"
      ? []
      : [{ name: join(manifest.name, subpath), file: join(root, folder, target["types"] ?? "") }],
  );
}

function section(name: string, declarations: readonly string[]): string {
  return `## ${name}\n\n\`\`\`ts\n${declarations.join("\n")}\n\`\`\`\n`;
}

function exportsOf(file: string, program: ts.Program): readonly string[] {
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${file} exports nothing. Has it been built?`);
  return checker
    .getExportsOfModule(module)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((symbol) => describe(symbol, checker));
}

const printer = ts.createPrinter({ removeComments: true });

function describe(exported: ts.Symbol, checker: ts.TypeChecker): readonly string[] {
  const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  return (symbol.declarations ?? []).map((declaration) => {
    const source = declaration.getSourceFile();
    // Of `const a = …` the whole statement, with its `const`.
    const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
    const text = printer.printNode(ts.EmitHint.Unspecified, node, source);
    const renamed = symbol.name === exported.name ? "" : `// as ${exported.name}\n`;
    return renamed + text.replace(/^export /, "").replace(/^declare /, "");
  });
}
