import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { build, type Options } from "tsup";

const DIST = "dist";
const SHARED = "shared";
/** An import of a chunk, tsup's file for code that several entries share. */
const CHUNK = /"(?:\.{1,2}\/)+(chunk-\w+\.js)"/g;

/**
 * Merges the chunks that a library's main entry always loads into one file, `shared.js`. The bundler writes a chunk
 * for every set of entries that share code, and each file costs 0.4 ms to find, read and link; see decision 0017.
 * @throws `Error` if two chunks export the same name
 */
export async function mergeChunks(main: string, options: Options): Promise<void> {
  const chunks = [...chunksBehind(join(DIST, main))].sort();
  if (chunks.length < 2) return;
  const twice = firstTwice(chunks.flatMap(exportsOf));
  if (twice !== undefined) throw new Error(`Two chunks export "${twice}". Rename one of the two.`);

  const list = join(DIST, `${SHARED}-chunks.js`);
  writeFileSync(list, chunks.map((chunk) => `export * from "./${chunk}";\n`).join(""));
  await build({ ...options, entry: { [SHARED]: list }, format: "esm", splitting: false });
  rmSync(list);
  for (const chunk of chunks) for (const end of ["", ".map"]) rmSync(join(DIST, chunk + end));

  for (const file of readdirSync(DIST, { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".js")) continue;
    const depth = file.split(sep).length - 1;
    const path = `"${"../".repeat(depth) || "./"}${SHARED}.js"`;
    const code = readFileSync(join(DIST, file), "utf8");
    const merged = code.replaceAll(CHUNK, (old, chunk: string) => (chunks.includes(chunk) ? path : old));
    if (merged !== code) writeFileSync(join(DIST, file), merged);
  }
}

/** Returns the chunks that `file` imports statically, directly or through other chunks. */
function chunksBehind(file: string, found: Set<string> = new Set()): ReadonlySet<string> {
  for (const [, clause] of readFileSync(file, "utf8").matchAll(/^(?:import|\} from) ?("[^"]+");$/gm)) {
    const [, chunk] = /\/(chunk-\w+\.js)"$/.exec(clause ?? "") ?? [];
    if (chunk === undefined || found.has(chunk)) continue;
    found.add(chunk);
    chunksBehind(join(DIST, chunk), found);
  }
  return found;
}

function exportsOf(chunk: string): readonly string[] {
  const code = readFileSync(join(DIST, chunk), "utf8");
  const [, names = ""] = /^export \{([^}]*)\};$/m.exec(code) ?? [];
  return names
    .split(",")
    .map((name) => name.replace(/^.* as /s, "").trim())
    .filter((name) => name !== "");
}

function firstTwice(names: readonly string[]): string | undefined {
  return names.find((name, at) => names.indexOf(name) !== at);
}
