#!/usr/bin/env node
/** The `test` script of every package: succeeds if `npm test` has just run its tests and they passed. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { PASSED } from "./test-cache.ts";

/** Every package is two folders below the root. */
const root = resolve("../..");

function passed(): unknown {
  try {
    return JSON.parse(readFileSync(resolve(root, PASSED), "utf8"));
  } catch {
    return [];
  }
}

const hashes = passed();
if (!Array.isArray(hashes) || !hashes.includes(process.env["TURBO_HASH"])) {
  process.stderr.write("Run the tests from the root: npm test\n");
  process.exitCode = 1;
}
