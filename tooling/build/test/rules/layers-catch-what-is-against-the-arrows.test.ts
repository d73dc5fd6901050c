import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { importViolations } from "../../src/rules/import-rules.ts";
import { manifestViolations } from "../../src/rules/manifest-rules.ts";
import { readWorkspace } from "../../src/workspace/workspace.ts";
import { writeTree } from "../fixture.ts";

type Changes = Readonly<Record<string, unknown>>;

/** Returns the manifest of a package in the common shape, with `changes`. */
function shaped(name: string, changes: Changes = {}): object {
  const target = { types: "./dist/index.d.ts", default: "./dist/index.js" };
  return {
    name: `@tokenflow/${name}`,
    version: "0.0.0",
    description: "A package",
    license: "MIT",
    type: "module",
    sideEffects: false,
    engines: { node: ">=22.19" },
    files: ["dist", "src", "README.md", "LICENSE"],
    exports: { ".": { "@tokenflow/source": "./src/index.ts", ...target } },
    publishConfig: { access: "public", exports: { ".": target } },
    scripts: { build: "tokenflow-build" },
    ...changes,
  };
}

function writeWorkspace(
  packages: Readonly<Record<string, object>>,
  extra: Readonly<Record<string, string>> = {},
): string {
  const files = Object.entries(packages).flatMap(([folder, manifest]) => [
    [`${folder}/package.json`, manifest] as const,
    [`${folder}/README.md`, "# It\n"] as const,
  ]);
  return writeTree({ ...Object.fromEntries(files), ...extra });
}

function layers(...tree: Parameters<typeof writeWorkspace>): readonly string[] {
  return readWorkspace(writeWorkspace(...tree)).flatMap(manifestViolations);
}

const on = (...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [`@tokenflow/${name}`, "workspace:*"]));

test("a tree that follows the rules has no violation", () => {
  expect(
    layers({
      "packages/core": shaped("core", { dependencies: { ky: "2.1.0" }, devDependencies: on("simulator") }),
      "packages/store-file": shaped("store-file", { dependencies: on("core") }),
      "packages/provider-copilot": shaped("provider-copilot", {
        dependencies: on("core"),
        devDependencies: on("store-file", "simulator"),
      }),
      "packages/mcp": shaped("mcp", { dependencies: on("core", "provider-oauth") }),
      "apps/common": shaped("common", {
        private: true,
        dependencies: on("core", "store-file", "provider-hyper"),
      }),
      "apps/proxy": shaped("proxy", {
        dependencies: on("core", "provider-copilot", "store-file"),
        devDependencies: on("common"),
      }),
      "apps/cli": shaped("cli", {
        dependencies: on("core", "provider-copilot", "store-file", "proxy"),
        exports: undefined,
        bin: { tokenflow: "./dist/bin.js" },
        publishConfig: { access: "public" },
      }),
      "tooling/simulator": shaped("simulator", { private: true }),
    }),
  ).toEqual([]);
});

test.each([
  ["packages/core", on("store-file"), "core imports no other package"],
  ["packages/store-file", on("provider-copilot"), "imports core and file-lock"],
  ["packages/store-keychain", on("store-file"), "imports core and file-lock"],
  ["packages/store-redis", on("file-lock"), "a package imports core and no other"],
  ["packages/file-lock", on("store-file"), "a package imports core and no other"],
  ["packages/provider-copilot", on("store-file"), "a package imports core and no other"],
  ["packages/browser", on("provider-oauth"), "a package imports core and no other"],
  ["packages/mcp", on("provider-copilot"), "imports core and the OAuth provider"],
  ["packages/mcp", on("simulator"), "imports core and the OAuth provider"],
  ["apps/common", on("browser"), "imports core, providers, stores and mcp"],
  ["apps/proxy", on("common"), '@tokenflow/common in "devDependencies"'],
  ["apps/proxy", on("cli"), "an app imports core, dialects, providers"],
  ["apps/proxy", on("mcp"), "an app imports core, dialects, providers"],
  ["apps/cli", on("file-lock"), "the CLI imports core"],
  ["packages/conformance", on("core"), "imports nothing of ours"],
  ["tooling/simulator", on("core"), "of nothing that it helps to test"],
  ["tooling/services", on("core"), "not made of them"],
])("%s may not depend on %o", (folder, dependencies, rule) => {
  const name = folder.slice(folder.indexOf("/") + 1);
  const manifest = shaped(name, {
    dependencies,
    private: /^(tooling\/|apps\/common$)/.test(folder) || undefined,
  });

  const lines = layers({ [folder]: manifest });

  expect(lines).toEqual([expect.stringContaining(rule)]);
});

test("peer and optional dependencies are arrows too", () => {
  const lines = layers({
    "packages/store-file": shaped("store-file", {
      peerDependencies: on("mcp"),
      optionalDependencies: on("proxy"),
    }),
  });
  expect(lines).toHaveLength(2);
});

test("tests may use stores, providers and the simulator, and no app", () => {
  const lines = layers({
    "packages/store-file": shaped("store-file", {
      devDependencies: on("simulator", "provider-copilot", "cli"),
    }),
  });
  expect(lines).toEqual([expect.stringContaining("packages/store-file -> @tokenflow/cli: ")]);
});

test("versions are exact, and ours come from the workspace", () => {
  const lines = layers({
    "packages/store-file": shaped("store-file", {
      dependencies: { "@tokenflow/core": "0.0.0", keyv: "^6.1.0", typescript: "npm:other@6.0.2" },
    }),
  });
  expect(lines).toEqual([
    'packages/store-file -> @tokenflow/core 0.0.0: versions are exact.\n  Write "workspace:*".',
    "packages/store-file -> keyv ^6.1.0: versions are exact.\n  Write an exact version.",
  ]);
});

test("an import of a higher room and a circle of types are named with what to do", async () => {
  const base = "packages/core/src/base";
  const root = writeTree({
    [`${base}/clock.ts`]: 'import type { A } from "../store/a.ts";\nexport type B = A;\n',
    [`${base}/json.ts`]: 'import type { D } from "./redact.ts";\nexport type C = D;\n',
    [`${base}/redact.ts`]: 'import type { C } from "./json.ts";\nexport type D = C;\n',
    "packages/core/src/store/a.ts": 'import type { C } from "../base/json.ts";\nexport type A = C;\n',
  });

  expect(await importViolations(root, ["packages/core"])).toEqual([
    expect.stringMatching(
      `^${base}/clock.ts -> packages/core/src/store/a.ts: base imports no other room.\n  Move the code`,
    ),
    expect.stringMatching(`^${base}/json.ts -> ${base}/redact.ts -> ${base}/json.ts: no circles`),
  ]);
});

test.each<[Changes, string]>([
  [{ name: "@tokenflow/other" }, '"name": "@tokenflow/mcp"'],
  [{ description: undefined }, '"description"'],
  [{ license: undefined }, '"license": "MIT"'],
  [{ type: "commonjs" }, '"type": "module"'],
  [{ private: true }, 'no "private"'],
  [{ sideEffects: undefined }, '"sideEffects": false'],
  [{ engines: { node: ">=20" } }, '"engines"'],
  [{ files: ["dist", "README.md"] }, '"LICENSE" in "files"'],
  [{ scripts: { build: "tsup" } }, '"build": "tokenflow-build"'],
  [{ publishConfig: {} }, '"access": "public"'],
  [{ publishConfig: { access: "public", exports: {} } }, '"exports" in "publishConfig"'],
])("a package with %o is named with what it needs", (change, needed) => {
  const lines = layers({ "packages/mcp": shaped("mcp", change) });
  expect(lines.join("\n")).toContain(`packages/mcp/package.json needs ${needed}`);
});

test("the source comes first among the conditions, from where the built file comes", () => {
  const target = { types: "./dist/index.d.ts", default: "./dist/index.js" };
  for (const wrong of [
    target,
    { "@tokenflow/source": "./src/other.ts", ...target },
    { ...target, "@tokenflow/source": "./src/index.ts" },
  ]) {
    const lines = layers({ "packages/mcp": shaped("mcp", { exports: { ".": wrong } }) });
    expect(lines).toEqual([expect.stringContaining('needs "." in "exports"')]);
  }
});

test("tooling is private and names its Node, and no package has a configuration or lacks a README", () => {
  const lines = layers(
    { "tooling/bench": shaped("bench", { engines: undefined }) },
    {
      "packages/mcp/package.json": JSON.stringify(shaped("mcp")),
      "packages/mcp/tsconfig.json": "{}",
      "packages/mcp/vitest.config.ts": "",
    },
  );
  expect(lines.toSorted()).toEqual([
    "packages/mcp/package.json needs a README.md beside it.",
    expect.stringContaining("packages/mcp/tsconfig.json is one too many."),
    expect.stringContaining("packages/mcp/vitest.config.ts is one too many."),
    'tooling/bench/package.json needs "engines": { "node": ">=22.19" }.',
    'tooling/bench/package.json needs "private": true.',
  ]);
});

test("the command prints each violation and fails", () => {
  const command = join(import.meta.dirname, "../../src/layers.ts");
  const run = (...tree: Parameters<typeof writeWorkspace>) =>
    spawnSync(process.execPath, [command, writeWorkspace(...tree)], { encoding: "utf8" });

  expect(run({ "packages/core": shaped("core") })).toMatchObject({ status: 0, stderr: "" });
  expect(
    run({ "packages/core": shaped("core", { dependencies: on("mcp"), type: undefined }) }),
  ).toMatchObject({
    status: 1,
    stderr: [
      "packages/core -> @tokenflow/mcp: core imports no other package of ours.",
      "  Take it as an argument, or move the code.",
      'packages/core/package.json needs "type": "module".',
      "",
    ].join("\n"),
  });
});
