import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { readBlocks } from "@tokenflow/simulator";

const root = resolve(import.meta.dirname, "../../../..");
/** In this package, so that the examples find the SDKs. git and the linters ignore it. */
const folder = join(import.meta.dirname, "../../.output");

export interface Example {
  /** The unchanged text of the document. */
  readonly code: string;
  /** The statements after the imports. */
  readonly statements: readonly string[];
}

/** Reads the first TypeScript block below `heading`, or of the document if there is no `heading`. */
export async function readExample(document: string, heading?: string): Promise<Example> {
  const text = await readFile(join(root, document), "utf8");
  const start = heading === undefined ? 0 : text.indexOf(`\n## ${heading}\n`);
  const code = readBlocks(text.slice(start)).find(({ language }) => language === "ts")?.code;
  if (start === -1 || code === undefined) throw new Error(`${document} has no example ${heading ?? ""}`);
  const statements = code.split(/\n(?=[a-z])/).filter((part) => !part.startsWith("import "));
  return { code, statements };
}

/**
 * Writes an example as a module and imports it. It is the document's text with the addresses of the simulated services,
 * and a call of `use` with the objects that the example made, before the manager is closed.
 */
export async function importExample(
  { code }: Example,
  { name, made }: { readonly name: string; readonly made: string },
): Promise<(scenario: object, use: (made: never) => Promise<void>) => Promise<void>> {
  const lines = code.split("\n");
  const imports = lines.filter((line) => line.startsWith("import "));
  const use = `await use({ ${made} });`;
  const body = lines
    .filter((line) => !line.startsWith("import "))
    .join("\n")
    .replace("createCopilotProvider()", "createCopilotProvider(hosts)")
    .replace("createFileStore()", "createFileStore({ folder })")
    .replace("createTokenManager({", "createTokenManager({ clock,")
    .replace(/^await manager\.close\(\);$|$(?![^])/m, `${use}\n$&`);
  for (const part of ["(hosts)", "{ folder }", "{ clock,", use]) {
    if (!body.includes(part)) throw new Error(`The example ${name} has no place for ${part}`);
  }
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}.ts`);
  const head = "// @ts-nocheck";
  await writeFile(
    file,
    `${head}\n${imports.join("\n")}\nexport async function example({ hosts, folder, clock }, use) {\n${body}\n}\n`,
  );
  const module: { readonly example: Awaited<ReturnType<typeof importExample>> } = await import(
    pathToFileURL(file).href
  );
  return module.example;
}
