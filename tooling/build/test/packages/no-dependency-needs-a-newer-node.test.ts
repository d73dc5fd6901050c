import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { readWorkspace } from "../../src/workspace/workspace.ts";

const ROOT = resolve(import.meta.dirname, "../../../..");
/** The oldest Node that the packages promise to run on, and that npm compares with every `engines`. */
const NODE: readonly number[] = [22, 19, 0];

interface Manifest {
  readonly name: string;
  readonly engines?: { readonly node?: string };
  readonly dependencies?: Readonly<Record<string, string>>;
}

const readManifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

/** Returns the folder of a dependency, as Node finds it. */
function folderOf(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, "node_modules", name);
    if (existsSync(join(found, "package.json"))) return realpathSync(found);
    if (dirname(folder) === folder) throw new Error(`${name} is not installed for ${from}`);
  }
}

/** Tells if npm would accept our oldest Node. Reads the comparators that packages use: `>=`, `^` and a version alone. */
function accepts(range: string): boolean {
  return range.split("||").some((part) => {
    const [, operator = "", version = ""] = /^\s*(>=|\^|~|)\s*v?([\d.]+)(?:\.x)?\s*$/.exec(part) ?? [];
    if (version === "") return part.trim() === "*";
    const wanted = version.split(".").map(Number);
    const difference = NODE.map((number, index) => number - (wanted[index] ?? 0)).find((by) => by !== 0) ?? 0;
    return operator === ">=" ? difference >= 0 : wanted[0] === NODE[0] && difference >= 0;
  });
}

test.each([
  [">=22.19", true],
  [">= 22.19.0", true],
  ["^16 || ^18 || >=20", true],
  [">=24", false],
  ["^20 || ^24", false],
  [">=22.20", false],
])("%s", (range, isAccepted) => {
  expect(accepts(range)).toBe(isAccepted);
});

test("no dependency of a published package needs a newer Node than the package says", () => {
  const newer: string[] = [];
  const seen = new Set<string>();
  const visit = (folder: string): void => {
    if (seen.has(folder)) return;
    seen.add(folder);
    const { name, engines, dependencies = {} } = readManifest(folder);
    if (engines?.node !== undefined && !accepts(engines.node)) newer.push(`${name} ${engines.node}`);
    for (const dependency of Object.keys(dependencies)) visit(folderOf(dependency, folder));
  };
  for (const { folder, manifest } of readWorkspace(ROOT)) {
    if (!manifest.private) visit(realpathSync(join(ROOT, folder)));
  }
  expect(seen.size).toBeGreaterThan(30);
  expect(newer).toEqual([]);
});
