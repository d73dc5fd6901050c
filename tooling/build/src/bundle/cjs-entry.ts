import { build, type Options } from "tsup";
import { SOURCE_CONDITION } from "./entries.ts";

/**
 * Builds a bin as one small CommonJS file: everything that it imports statically is inlined, from the workspace's
 * sources and by the statement. What the entry imports by `import("./x.ts")` stays outside, as a module `./x.js` that is
 * to be built beside it. What other files import by `import()` is left out: a table of modules that are loaded on demand
 * costs its keys alone. Old syntax, so that it can tell an old Node what is needed.
 * @returns the entries of the modules beside it, as tsup takes them
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
