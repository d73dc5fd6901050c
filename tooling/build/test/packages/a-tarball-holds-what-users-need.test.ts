import { expect, test } from "vitest";
import { tarballViolations } from "../../src/packages/tarball.ts";

const manifest = {
  name: "@tokenflow/x",
  exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
  bin: { x: "./dist/bin.js" },
  dependencies: { "@tokenflow/core": "0.1.0" },
};
const paths = [
  "LICENSE",
  "README.md",
  "package.json",
  "dist/index.d.ts",
  "dist/index.js",
  "dist/index.js.map",
  "dist/bin.js",
  "dist/bin.js.map",
  "dist/testing/index.d.ts",
  "src/index.ts",
];

test("a complete tarball has no violation", () => {
  expect(tarballViolations(manifest, paths)).toEqual([]);
});

test.each([
  ["LICENSE", "has no LICENSE"],
  ["README.md", "has no README.md"],
  ["dist/index.d.ts", "has no dist/index.d.ts, which its package.json names"],
  ["dist/bin.js", "has no dist/bin.js, which its package.json names"],
  ["dist/index.js.map", "has no dist/index.js.map"],
])("%s may not be missing", (path, violation) => {
  expect(
    tarballViolations(
      manifest,
      paths.filter((other) => other !== path),
    ),
  ).toEqual([violation]);
});

test.each(["test/x.test.ts", "src/x.test.ts", "dist/test/x.js"])("%s is not for users", (path) => {
  expect(tarballViolations(manifest, [...paths, path])).toContain(`contains a test: ${path}`);
});

test("the source condition and workspace versions may not be packed", () => {
  const source = { "@tokenflow/source": "./src/index.ts", default: "./dist/index.js" };
  expect(
    tarballViolations(
      { ...manifest, exports: { ".": source }, dependencies: { "@tokenflow/core": "workspace:*" } },
      paths,
    ),
  ).toEqual([
    expect.stringContaining("exports the condition @tokenflow/source"),
    expect.stringContaining("depends on @tokenflow/core by workspace:"),
  ]);
});
