interface Manifest {
  readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
}

/**
 * The files that a package is entered by, as tsup wants them: `{ "testing/index": "src/testing/index.ts" }`.
 * `exports` name their source under the condition `@tokenflow/source`; a `bin` in `dist` is built from the
 * file of the same name in `src`.
 */
export function entriesOf(manifest: Manifest): Record<string, string> {
  const sources: string[] = [];
  for (const target of Object.values(manifest.exports ?? {})) {
    if (typeof target === "object" && target["@tokenflow/source"]) sources.push(target["@tokenflow/source"]);
  }
  for (const target of Object.values(manifest.bin ?? {})) {
    sources.push(target.replace(/^\.\/dist\//, "./src/").replace(/\.js$/, ".ts"));
  }
  return Object.fromEntries(
    [...new Set(sources)].map((source) => {
      const path = source.replace(/^\.\//, "");
      return [path.replace(/^src\//, "").replace(/\.ts$/, ""), path];
    }),
  );
}
