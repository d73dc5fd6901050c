#!/usr/bin/env node
/**
 * Builds the package in the current folder: JavaScript by tsup, declarations by tsc.
 * What is built is read from the package's own `exports` and `bin`; a package brings no configuration.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { build } from "tsup";
import { entriesOf } from "./entries.ts";

const root: string = resolve(import.meta.dirname, "../../..");
const folder: string = process.cwd();
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const entries: Record<string, string> = entriesOf(manifest);

rmSync("dist", { recursive: true, force: true });
await build({
  config: false,
  entry: entries,
  format: "esm",
  target: "node22",
  platform: manifest.tokenflow?.platform ?? "node",
  outDir: "dist",
  sourcemap: true,
  splitting: true,
  dts: false,
  silent: true,
  define: { __TOKENFLOW_VERSION__: JSON.stringify(manifest.version) },
  ...(manifest.tokenflow?.bundle === true
    ? { noExternal: [/.*/], external: manifest.tokenflow.external ?? [] }
    : {}),
});

// A tsconfig of the moment: the flags are the root's, only the places are this package's.
const project: string = resolve("node_modules/.cache/tokenflow-build/tsconfig.json");
mkdirSync(resolve(project, ".."), { recursive: true });
writeFileSync(
  project,
  JSON.stringify({
    extends: relative(resolve(project, ".."), resolve(root, "tsconfig.base.json")),
    compilerOptions: {
      rootDir: resolve(folder, "src"),
      outDir: resolve(folder, "dist"),
      emitDeclarationOnly: true,
      typeRoots: [resolve(root, "node_modules/@types")],
    },
    include: [resolve(folder, "src")],
  }),
);
execFileSync(resolve(root, "node_modules/.bin/tsc"), ["-p", project], { stdio: "inherit" });
