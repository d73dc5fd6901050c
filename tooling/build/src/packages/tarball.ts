import { SOURCE_CONDITION } from "../bundle/entries.ts";
import type { Manifest } from "../workspace/manifest.ts";

const TEST = /(^|\/)(test|tests|__tests__)\/|\.(test|spec)\.[^/]+$/;

/**
 * Returns one sentence for each missing file, surplus file or wrong entry of a packed package.
 * @param manifest the `package.json` as it was packed
 * @param paths the files of the tarball, relative to its `package/`
 */
export function tarballViolations(manifest: Manifest, paths: readonly string[]): readonly string[] {
  const packed = new Set(paths);
  const lacks = (path: string): boolean => !packed.has(path);
  const targets = [
    ...Object.values(manifest.exports ?? {}).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    ),
    ...Object.values(manifest.bin ?? {}),
  ].map((target) => target.replace(/^\.\//, ""));
  const built = paths.filter((path) => /^dist\/.*\.c?js$/.test(path));

  return [
    ...["LICENSE", "README.md"].filter(lacks).map((path) => `has no ${path}`),
    ...[...new Set(targets)].filter(lacks).map((path) => `has no ${path}, which its package.json names`),
    ...built
      .map((path) => `${path}.map`)
      .filter(lacks)
      .map((path) => `has no ${path}`),
    ...paths.filter((path) => TEST.test(path)).map((path) => `contains a test: ${path}`),
    ...(JSON.stringify(manifest.exports ?? {}).includes(`"${SOURCE_CONDITION}"`)
      ? [`exports the condition ${SOURCE_CONDITION}. Pack it with pnpm, which applies publishConfig`]
      : []),
    ...Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
      .filter(([, version]) => version.startsWith("workspace:"))
      .map(
        ([name]) => `depends on ${name} by workspace:, which works only in this workspace. Pack it with pnpm`,
      ),
  ];
}
