import type { Manifest } from "../workspace/manifest.ts";

/** The condition by which tools that run from source find it; nothing published has it. */
export const SOURCE_CONDITION = "@tokenflow/source";

/**
 * The files that a package is entered by, as tsup wants them: `{ "testing/index": "src/testing/index.ts" }`.
 * `exports` name their source under the condition `@tokenflow/source`; a `bin` in `dist` is built from the
 * file of the same name in `src`, and a `bin` elsewhere is run as it is. What `tokenflow.separateChunks` names keeps a
 * file of its own too, though nobody enters by it: a bundler can then leave out what only that file imports.
 */
export function entriesOf(manifest: Pick<Manifest, "exports" | "bin" | "tokenflow">): Record<string, string> {
  const sources = new Set<string>(manifest.tokenflow?.separateChunks);
  for (const target of Object.values(manifest.exports ?? {})) {
    const source = typeof target === "object" ? target[SOURCE_CONDITION] : undefined;
    if (source !== undefined) sources.add(source);
  }
  for (const target of Object.values(manifest.bin ?? {})) {
    if (target.startsWith("./dist/")) sources.add(sourceOf(target));
  }
  return Object.fromEntries(
    [...sources].map((source) => {
      const path = source.replace(/^\.\//, "");
      return [path.replace(/^src\//, "").replace(/\.ts$/, ""), path];
    }),
  );
}

/** `./dist/testing/index.js` is built from `./src/testing/index.ts`, and so is what ends in `.cjs`. */
export function sourceOf(built: string): string {
  return built.replace(/^\.\/dist\//, "./src/").replace(/\.c?js$/, ".ts");
}

/** Whether a source is that of a bin which ends in `.cjs`, and so starts faster than a module; see `buildStarter`. */
export function isCjsEntry({ bin }: Pick<Manifest, "bin">): (source: string) => boolean {
  const starters = new Set(
    Object.values(bin ?? {})
      .filter((target) => target.startsWith("./dist/") && target.endsWith(".cjs"))
      .map((target) => sourceOf(target).replace(/^\.\//, "")),
  );
  return (source) => starters.has(source);
}

/** Those entries whose source fits, and the others. */
export function partition(
  entries: Record<string, string>,
  fits: (source: string) => boolean,
): readonly [Record<string, string>, Record<string, string>] {
  const all = Object.entries(entries);
  return [
    Object.fromEntries(all.filter(([, source]) => fits(source))),
    Object.fromEntries(all.filter(([, source]) => !fits(source))),
  ];
}
