import { expect, test } from "vitest";
import { entriesOf } from "../../src/bundle/entries.ts";

const source = (path: string): Record<string, string> => ({
  "@tokenflow/source": path,
  types: "./dist/x.d.ts",
  default: "./dist/x.js",
});

test("every subpath is built from the source under its condition", () => {
  expect(
    entriesOf({ exports: { ".": source("./src/index.ts"), "./testing": source("./src/testing/index.ts") } }),
  ).toEqual({ index: "src/index.ts", "testing/index": "src/testing/index.ts" });
});

test("a bin in dist is built from the file of the same name in src", () => {
  expect(entriesOf({ bin: { tokenflow: "./dist/bin.js" } })).toEqual({ bin: "src/bin.ts" });
});

test("a source that appears twice is built once", () => {
  expect(
    entriesOf({
      exports: { ".": source("./src/bin.ts"), "./again": source("./src/bin.ts") },
      bin: { x: "./dist/bin.js" },
    }),
  ).toEqual({ bin: "src/bin.ts" });
});

test("a file that is run or published unbuilt has no entry", () => {
  expect(
    entriesOf({
      exports: { "./package.json": "./package.json", "./data": { default: "./data.json" } },
      bin: { x: "./src/x.ts" },
    }),
  ).toEqual({});
});
