import { build, type Options } from "tsup";
import { SOURCE_CONDITION } from "./entries.ts";

/**
 * Builds a bin as one small CommonJS file. Static imports are inlined from the workspace's sources, and unused
 * statements are dropped. `import("./x.ts")` in the entry becomes `import("./x.js")`, a module to be built beside the
 * bin; `import()` in other files is left out, so that a table of modules loaded on demand costs only its keys. The
 * syntax is old, so that an old Node can run the file and print which Node is required.
 * @returns the entries of those modules, in tsup's format
 */
export async function buildCjsEntry(
  name: string,
  source: string,
  options: Options,
): Promise<Record<string, string>> {
  const modules: Record<string, string> = {};
  await build({
    ...options,
    entry: { [name]: source },
    format: "cjs",
    target: "es2019",
    splitting: false,
    minify: true,
    noExternal: [/./],
    esbuildOptions(esbuild) {
      esbuild.conditions = [SOURCE_CONDITION];
      esbuild.supported = { "dynamic-import": true };
    },
    esbuildPlugins: [
      {
        name: "modules-beside",
        setup(esbuild) {
          esbuild.onResolve({ filter: /./ }, ({ path, kind, importer }) => {
            if (kind !== "dynamic-import" || path.startsWith("node:")) return undefined;
            if (!importer.endsWith(source)) return { path, namespace: "left-out" };
            const module = path.slice(2, -3);
            modules[module] = `src/${module}.ts`;
            return { path: `./${module}.js`, external: true };
          });
          esbuild.onLoad({ filter: /./, namespace: "left-out" }, ({ path }) => ({
            contents: `throw new Error(${JSON.stringify(`${path} is not part of this file`)});`,
          }));
        },
      },
    ],
  });
  return modules;
}
