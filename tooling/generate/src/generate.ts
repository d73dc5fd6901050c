import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Kinds of packages that can be generated. Each has a template of the same name. */
export const KINDS = ["provider", "store"] as const;
export type Kind = (typeof KINDS)[number];

const TEMPLATES: string = join(import.meta.dirname, "../templates");

/**
 * The version of the templates, which no package has. TypeScript treats two packages with the same name and version
 * as one, and a person may call a package "acme".
 */
const TEMPLATE_VERSION = "0.0.0-template";

/** Lower case, digits and single dashes: valid in a folder, in a package's name and in a provider's id. */
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Writes a package for a provider or store into `root/packages` and returns its folder. It is the template's package
 * for "Acme" with another name and version.
 * @throws RangeError if the name is invalid or the package exists
 */
export async function generate(kind: Kind, name: string, root: string): Promise<string> {
  if (!NAME.test(name)) throw new RangeError(`Invalid name "${name}". Use lower case, like "acme".`);
  const folder = `packages/${kind}-${name}`;
  if (existsSync(join(root, folder))) throw new RangeError(`${folder} exists. Choose another name.`);
  const rename = (text: string): string =>
    text.replace(TEMPLATE_VERSION, "0.0.0").replaceAll("Acme", pascalCase(name)).replaceAll("acme", name);

  const template = join(TEMPLATES, kind);
  for (const entry of await readdir(template, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const target = join(root, folder, rename(path.slice(template.length)));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, rename(await readFile(path, "utf8")));
  }
  return folder;
}

function pascalCase(name: string): string {
  return name.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
