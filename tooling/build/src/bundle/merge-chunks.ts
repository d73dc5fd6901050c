import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { build, type Options } from "tsup";

const DIST = "dist";
const SHARED = "shared";
/** How tsup names what several entries need, wherever it is imported from. */
const CHUNK = /"(?:\.{1,2}\/)+(chunk-\w+\.js)"/g;

/**
 * Makes one file of what a library's main entry needs in any case. The bundler cuts a chunk for every set of
 * entries that have something in common, and each file takes a program half a millisecond and more to find, read and
 * link.
 * @throws `Error` where two chunks export one name
 */
export async function mergeChunks(main: string, options: Options): Promise<void> {
  const chunks = [...chunksBehind(join(DIST, main))].sort();
  if (chunks.length < 2) return;
  const twice = firstTwice(chunks.flatMap(exportsOf));
  if (twice !== undefined) throw new Error(`Two chunks export ${twice}: name one of the two otherwise.`);

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

/** The chunks that a file loads as soon as it is loaded itself. */
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
