import { SOURCE_CONDITION, sourceOf } from "../bundle/entries.ts";
import type { Exports, Manifest } from "../workspace/manifest.ts";
import type { WorkspacePackage } from "../workspace/workspace.ts";

const NODE = ">=22.19";

/** Flags, rules and steps stand once, at the root. */
const CONFIGURATION =
  /^(tsconfig.*\.json|(vite|vitest|tsup|eslint)\.config\..+|\.oxlintrc\.json|biome\.jsonc?|turbo\.json)$/;

/** Where a package is not of the one shape that all have; one line each, which says what to write. */
export function manifestViolations({ folder, manifest, files }: WorkspacePackage): readonly string[] {
  const wrong = [
    ...everyPackage(folder, manifest, files),
    ...(isPrivate(folder) ? [] : published(manifest, files)),
  ];
  return wrong.map((sentence) => `${folder}${sentence}`);
}

/** Tooling, and what the build inlines into the apps. */
function isPrivate(folder: string): boolean {
  return folder.startsWith("tooling/") || folder === "apps/common";
}

function everyPackage(folder: string, manifest: Manifest, files: readonly string[]): string[] {
  const name = `@tokenflow/${folder.slice(folder.indexOf("/") + 1)}`;
  const hasEntries = manifest.exports !== undefined && manifest.scripts?.["build"] !== undefined;
  return [
    ...wanted(manifest.name === name, `"name": "${name}"`),
    ...wanted(Boolean(manifest.description), '"description" in one sentence'),
    ...wanted(manifest.license === "MIT", '"license": "MIT"'),
    ...wanted(manifest.type === "module", '"type": "module"'),
    ...wanted(manifest.engines?.["node"] === NODE, `"engines": { "node": "${NODE}" }`),
    ...wanted(!isPrivate(folder) || manifest.private === true, '"private": true'),
    ...(hasEntries ? exportViolations(manifest.exports ?? {}) : []),
    ...files
      .filter((file) => CONFIGURATION.test(file))
      .map((file) => `/${file} is one too many. What it says belongs at the root, for every package.`),
  ];
}

function published(manifest: Manifest, files: readonly string[]): string[] {
  const { exports, bin, publishConfig } = manifest;
  const withoutSource = exports && publishedExports(exports);
  return [
    ...wanted(manifest.private !== true, 'no "private"'),
    ...wanted(manifest.sideEffects === false, '"sideEffects": false'),
    ...["dist", "README.md", "LICENSE"].flatMap((file) =>
      wanted(manifest.files?.includes(file) === true, `"${file}" in "files"`),
    ),
    ...wanted(manifest.scripts?.["build"] === "tokenflow-build", '"build": "tokenflow-build" in "scripts"'),
    ...wanted(exports !== undefined || bin !== undefined, '"exports" or "bin"'),
    ...wanted(publishConfig?.access === "public", '"access": "public" in "publishConfig"'),
    ...wanted(
      JSON.stringify(publishConfig?.exports) === JSON.stringify(withoutSource),
      withoutSource === undefined
        ? 'no "exports" in "publishConfig"'
        : `"exports" in "publishConfig" as ${JSON.stringify(withoutSource)}`,
    ),
    ...wanted(files.includes("README.md"), "a README.md beside it"),
  ];
}

/** What `exports` are once published: without the condition that only this workspace knows. */
function publishedExports(exports: Exports): Exports {
  const bare = (target: Exports[string]): Exports[string] =>
    typeof target === "string"
      ? target
      : Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== SOURCE_CONDITION));
  return Object.fromEntries(Object.entries(exports).map(([subpath, target]) => [subpath, bare(target)]));
}

/** Conditions are tried in their order, so the order is part of the shape. */
function exportViolations(exports: Exports): string[] {
  return Object.entries(exports).flatMap(([subpath, target]) => {
    if (typeof target === "string") return [];
    const built = target["default"] ?? "";
    const right = {
      [SOURCE_CONDITION]: sourceOf(built),
      types: built.replace(/\.js$/, ".d.ts"),
      default: built,
    };
    return wanted(
      /^\.\/dist\/.+\.js$/.test(built) && JSON.stringify(target) === JSON.stringify(right),
      `"${subpath}" in "exports" with ${SOURCE_CONDITION} in ./src, then types and default in ./dist`,
    );
  });
}

function wanted(holds: boolean, what: string): string[] {
  return holds ? [] : [`/package.json wants ${what}.`];
}
