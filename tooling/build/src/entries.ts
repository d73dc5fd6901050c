import type { Manifest } from "./manifest.ts";

/** The condition by which tools that run from source find it; nothing published has it. */
export const SOURCE_CONDITION = "@tokenflow/source";

/**
 * The files that a package is entered by, as tsup wants them: `{ "testing/index": "src/testing/index.ts" }`.
 * `exports` name their source under the condition `@tokenflow/source`; a `bin` in `dist` is built from the
 * file of the same name in `src`, and a `bin` elsewhere is run as it is.
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

/** `./dist/testing/index.js` is built from `./src/testing/index.ts`. */
export function sourceOf(built: string): string {
  return built.replace(/^\.\/dist\//, "./src/").replace(/\.js$/, ".ts");
}
