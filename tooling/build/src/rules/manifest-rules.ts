import { SOURCE_CONDITION, sourceOf } from "../bundle/entries.ts";
import type { Exports, Manifest } from "../workspace/manifest.ts";
import type { WorkspacePackage } from "../workspace/workspace.ts";
import { PACKAGE_ARROWS, TEST_ARROWS } from "./arrows.ts";

const NODE = ">=22.19";
const OURS = "@tokenflow/";

/** Flags, rules and steps exist once, at the root. */
const CONFIGURATION =
  /^(tsconfig.*\.json|(vite|vitest|tsup|eslint)\.config\..+|\.oxlintrc\.json|biome\.jsonc?|turbo\.json)$/;

/** Returns one line for each place in which a package breaks an arrow, a version rule or the common shape. */
export function manifestViolations({ folder, manifest, files }: WorkspacePackage): readonly string[] {
  const missing = [
    ...everyPackage(folder, manifest, files),
    ...(isPrivate(folder) ? [] : published(manifest, files)),
  ];
  return [...dependencyViolations(folder, manifest), ...missing.map((line) => `${folder}${line}`)];
}

/** Tooling, and the code that the build inlines into both apps. */
function isPrivate(folder: string): boolean {
  return folder.startsWith("tooling/") || folder === "apps/common";
}

function dependencyViolations(folder: string, manifest: Manifest): string[] {
  const { dependencies, optionalDependencies, peerDependencies, devDependencies } = manifest;
  const { to, rule } = PACKAGE_ARROWS.find(({ from }) => new RegExp(`^${from}$`).test(folder)) ?? {};
  const againstArrow = (names: object, allowed: string, hint: string): string[] =>
    Object.keys(names)
      .filter((name) => name.startsWith(OURS) && !new RegExp(`^${OURS}(?:${allowed})$`).test(name))
      .map((name) => `${folder} -> ${name}: ${rule}.\n  ${hint}`);
  const exact = ([name, version]: [string, string]): boolean =>
    name.startsWith(OURS) ? version === "workspace:*" : /^(npm:.+@)?\d+\.\d+\.\d+/.test(version);

  return [
    ...againstArrow(
      { ...dependencies, ...optionalDependencies, ...peerDependencies },
      `${to}`,
      "Take it as an argument, or move the code.",
    ),
    ...againstArrow({ ...devDependencies }, `${to}|${TEST_ARROWS}`, "Test it in a package that knows both."),
    ...Object.entries({ ...dependencies, ...optionalDependencies, ...devDependencies })
      .filter((entry) => !exact(entry))
      .map(([name, version]) => {
        const right = name.startsWith(OURS) ? '"workspace:*"' : "an exact version";
        return `${folder} -> ${name} ${version}: versions are exact.\n  Write ${right}.`;
      }),
  ];
}

function everyPackage(folder: string, manifest: Manifest, files: readonly string[]): string[] {
  const name = `${OURS}${folder.slice(folder.indexOf("/") + 1)}`;
  const hasEntries = manifest.exports !== undefined && manifest.scripts?.["build"] !== undefined;
  return [
    ...required(manifest.name === name, `"name": "${name}"`),
    ...required(Boolean(manifest.description), '"description" in one sentence'),
    ...required(manifest.license === "MIT", '"license": "MIT"'),
    ...required(manifest.type === "module", '"type": "module"'),
    ...required(manifest.engines?.["node"] === NODE, `"engines": { "node": "${NODE}" }`),
    ...required(!isPrivate(folder) || manifest.private === true, '"private": true'),
    ...required(
      !files.includes("test") || manifest.scripts?.["test"] === "tokenflow-tested",
      '"test": "tokenflow-tested" in "scripts", so that `npm test` remembers that its tests passed',
    ),
    ...(hasEntries ? exportViolations(manifest.exports ?? {}) : []),
    ...files
      .filter((file) => CONFIGURATION.test(file))
      .map((file) => `/${file} is one too many. Configure it at the root, for every package.`),
  ];
}

function published(manifest: Manifest, files: readonly string[]): string[] {
  const { exports, bin, publishConfig } = manifest;
  const withoutSource = exports && publishedExports(exports);
  return [
    ...required(manifest.private !== true, 'no "private"'),
    ...required(manifest.dependencies?.[`${OURS}common`] === undefined, `${OURS}common in "devDependencies"`),
    ...required(manifest.sideEffects === false, '"sideEffects": false'),
    ...["dist", "README.md", "LICENSE"].flatMap((file) =>
      required(manifest.files?.includes(file) === true, `"${file}" in "files"`),
    ),
    ...required(manifest.scripts?.["build"] === "tokenflow-build", '"build": "tokenflow-build" in "scripts"'),
    ...required(exports !== undefined || bin !== undefined, '"exports" or "bin"'),
    ...required(publishConfig?.access === "public", '"access": "public" in "publishConfig"'),
    ...required(
      JSON.stringify(publishConfig?.exports) === JSON.stringify(withoutSource),
      withoutSource === undefined
        ? 'no "exports" in "publishConfig"'
        : `"exports" in "publishConfig" as ${JSON.stringify(withoutSource)}`,
    ),
    ...required(files.includes("README.md"), "a README.md beside it"),
  ];
}

/** Returns `exports` as they are published: without the condition that only this workspace uses. */
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
    return required(
      /^\.\/dist\/.+\.js$/.test(built) && JSON.stringify(target) === JSON.stringify(right),
      `"${subpath}" in "exports" with ${SOURCE_CONDITION} in ./src, then types and default in ./dist`,
    );
  });
}

function required(holds: boolean, what: string): string[] {
  return holds ? [] : [`/package.json needs ${what}.`];
}
