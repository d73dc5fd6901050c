#!/usr/bin/env node
/**
 * Builds the package in the current folder: JavaScript with tsup, declarations with tsc.
 * The entries come from `exports` and `bin` in its `package.json`; a package has no build configuration.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build, type Options } from "tsup";
import { buildCjsEntry } from "./bundle/cjs-entry.ts";
import { cjsEntriesOf, entriesOf } from "./bundle/entries.ts";
import { mergeChunks } from "./bundle/merge-chunks.ts";
import { buildPage } from "./bundle/page.ts";
import { buildWorker } from "./bundle/worker.ts";
import { type Manifest, readManifest } from "./workspace/manifest.ts";

const root: string = resolve(import.meta.dirname, "../../..");
const folder: string = process.cwd();
const manifest: Manifest = readManifest(folder);
const entries: Record<string, string> = entriesOf(manifest);

const problem = problemOf(manifest, entries);
if (problem !== undefined) {
  console.error(`tokenflow-build: ${relative(root, folder)}/package.json ${problem}`);
  process.exit(1);
}

const options: Options = {
  config: false,
  target: "node22",
  platform: manifest.tokenflow?.platform ?? "node",
  outDir: "dist",
  sourcemap: true,
  dts: false,
  silent: true,
  // `node:sqlite` has no name without the prefix.
  removeNodeProtocol: false,
  external: [/^node:/],
  esbuildOptions(esbuild) {
    // The ES modules of a package without `exports`: its UMD files cannot be bundled.
    if (esbuild.platform === "node") esbuild.mainFields = ["module", "main"];
  },
  define: { __TOKENFLOW_VERSION__: JSON.stringify(manifest.version ?? "0.0.0") },
};

rmSync("dist", { recursive: true, force: true });
if (manifest.tokenflow?.page !== undefined) {
  const page = await buildPage(manifest.tokenflow.page);
  options.define = { ...options.define, __TOKENFLOW_PAGE__: JSON.stringify(page) };
}
if (manifest.tokenflow?.worker !== undefined) {
  const worker = await buildWorker(manifest.tokenflow.worker, options);
  options.define = { ...options.define, __TOKENFLOW_WORKER__: JSON.stringify(worker) };
}
const cjsEntries = cjsEntriesOf(manifest);
const modules = Object.fromEntries(Object.entries(entries).filter(([name]) => !cjsEntries.includes(name)));
for (const name of cjsEntries) {
  Object.assign(modules, await buildCjsEntry(name, entries[name] ?? "", options));
}
await build({
  ...options,
  entry: modules,
  format: "esm",
  splitting: true,
  ...(manifest.tokenflow?.bundle ? bundled(manifest.tokenflow.external ?? []) : {}),
});
// A program keeps its chunks: it loads each one only when a command needs it.
if (!manifest.tokenflow?.bundle && modules["index"] !== undefined) await mergeChunks("index.js", options);
if (manifest.exports) emitDeclarations();

function problemOf(
  { tokenflow, dependencies }: Manifest,
  sources: Record<string, string>,
): string | undefined {
  const inlined = [tokenflow?.page, tokenflow?.worker].filter((source) => source !== undefined);
  const named = [...Object.values(sources), ...inlined];
  const missing = named.filter((source) => !existsSync(source));
  if (missing.length > 0)
    return `names ${missing.join(" and ")} in exports, bin, page or worker, which does not exist.`;
  if (Object.keys(sources).length === 0) return "has neither exports with a source nor a bin in dist.";
  const undeclared = (tokenflow?.external ?? []).filter((name) => dependencies?.[name] === undefined);
  if (undeclared.length > 0) return `keeps ${undeclared.join(" and ")} external: add it to dependencies.`;
  return undefined;
}

/** Inlines everything except `external`. The banner gives inlined CommonJS a `require` for Node's modules. */
function bundled(external: readonly string[]): Options {
  const names = external.map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return {
    // tsup checks `noExternal` first, so it must not match the external packages.
    noExternal: [external.length === 0 ? /./ : new RegExp(`^(?!(?:${names})(?:/|$))`)],
    external: [...external],
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module";\nvar require = __createRequire(import.meta.url);',
    },
  };
}

/** Writes a temporary tsconfig with the root's flags and this package's folders, and runs tsc with it. */
function emitDeclarations(): void {
  const cache = resolve("node_modules/.cache/tokenflow-build");
  mkdirSync(cache, { recursive: true });
  const project = join(cache, "tsconfig.json");
  const config = {
    extends: relative(cache, join(root, "tsconfig.base.json")),
    compilerOptions: {
      rootDir: resolve("src"),
      outDir: resolve("dist"),
      emitDeclarationOnly: true,
      declarationMap: manifest.files?.includes("src") ?? false,
      typeRoots: [join(root, "node_modules/@types")],
    },
    include: [resolve("src")],
  };
  writeFileSync(project, JSON.stringify(config));
  const { status } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", project], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
