import { build, type Options } from "tsup";
import { SOURCE_CONDITION } from "./entries.ts";

/**
 * Builds a bin as one small CommonJS file: everything that it imports statically is inlined, from the workspace's
 * sources and by the statement. What it imports by `import("./x.ts")` stays outside, as a module `./x.js` that is
 * to be built beside it. Old syntax, so that it can tell an old Node what is needed.
 * @returns the entries of those modules, as tsup wants them
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
          esbuild.onResolve({ filter: /^\.\/.*\.ts$/ }, ({ path, kind, importer }) => {
            if (kind !== "dynamic-import" || !importer.endsWith(source)) return undefined;
            const module = path.slice(2, -3);
            modules[module] = `src/${module}.ts`;
            return { path: `./${module}.js`, external: true };
          });
        },
      },
    ],
  });
  return modules;
}
