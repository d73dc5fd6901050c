#!/usr/bin/env node
/**
 * Checks every `package.json` of the workspace: that dependencies go one way, and that all have one shape.
 * What files import is the linter's business. `tokenflow-layers [root]`
 */
import { resolve } from "node:path";
import { arrowViolations } from "./rules/layer-rules.ts";
import { shapeViolations } from "./rules/manifest-rules.ts";
import { readWorkspace } from "./workspace/workspace.ts";

const root: string = resolve(process.argv[2] ?? resolve(import.meta.dirname, "../../.."));
const packages = readWorkspace(root);
const violations: readonly string[] = [...arrowViolations(packages), ...packages.flatMap(shapeViolations)];

for (const violation of violations) console.error(violation);
console.log(`${packages.length} packages, ${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
