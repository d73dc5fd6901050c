#!/usr/bin/env node
/**
 * Checks that imports and dependencies go one way, as the table in `rules/arrows.ts` says, and that every
 * `package.json` has the common shape. Usage: `tokenflow-layers [root]`
 */
import { resolve } from "node:path";
import { importViolations } from "./rules/import-rules.ts";
import { manifestViolations } from "./rules/manifest-rules.ts";
import { readWorkspace } from "./workspace/workspace.ts";

const root: string = resolve(process.argv[2] ?? resolve(import.meta.dirname, "../../.."));
const packages = readWorkspace(root);
const folders: readonly string[] = packages.map(({ folder }) => folder);
const violations: readonly string[] = [
  ...(await importViolations(root, folders)),
  ...packages.flatMap(manifestViolations),
];

for (const violation of violations) console.error(violation);
console.log(`${packages.length} packages, ${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
