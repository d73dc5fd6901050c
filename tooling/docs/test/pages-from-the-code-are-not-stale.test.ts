import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { exitCodeOf } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import { expect, test } from "vitest";
import { readProblem } from "../../../apps/proxy/src/program/problem.ts";
import { root } from "../src/documents.ts";
import { readErrors } from "../src/read-errors.ts";
import { writtenPages } from "../src/written-pages.ts";

const pages = writtenPages();

test.each(Object.keys(pages))("%s is what the code says; else: pnpm run write-docs", (path) => {
  const file = join(root, path);
  expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe(pages[path]);
});

test("no page is left of a package that is gone", () => {
  const left = globSync("api/*.md", { cwd: root }).filter((path) => pages[path] === undefined);
  expect(left).toEqual([]);
});

test("the command line and the proxy end with the same code after the same error", () => {
  const different = readErrors().filter(
    ({ code }) => exitCodeOf(code) !== readProblem(new TokenFlowError(code, "")).exitCode,
  );
  expect(different).toEqual([]);
});

test("every error code says somewhere what is wrong", () => {
  const silent = readErrors().filter(({ causes }) => causes.length === 0);
  expect(silent).toEqual([]);
});
