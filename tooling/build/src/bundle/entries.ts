import type { Manifest } from "../workspace/manifest.ts";

/** The export condition that leads tools to the sources. Published packages do not have it. */
export const SOURCE_CONDITION = "@tokenflow/source";

/**
 * Returns the entries of a package in tsup's format: `{ "testing/index": "src/testing/index.ts" }`.
 * `exports` name their source under the condition `@tokenflow/source`. A `bin` in `dist` is built from the
 * file of the same name in `src`; any other `bin` is not built.
 */
export function entriesOf(manifest: Pick<Manifest, "exports" | "bin">): Record<string, string> {
  const sources = new Set<string>();
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

/** Returns the source of a built file: `./dist/testing/index.js` (or `.cjs`) is built from `./src/testing/index.ts`. */
export function sourceOf(built: string): string {
  return built.replace(/^\.\/dist\//, "./src/").replace(/\.c?js$/, ".ts");
}

/** Returns the names of the bins that are built to a `.cjs` file; see `buildCjsEntry`. */
export function cjsEntriesOf({ bin }: Pick<Manifest, "bin">): readonly string[] {
  return Object.values(bin ?? {}).flatMap((target) => /^\.\/dist\/(.+)\.cjs$/.exec(target)?.[1] ?? []);
}
