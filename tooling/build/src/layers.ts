#!/usr/bin/env node
/**
 * Checks every `package.json` of the workspace: that dependencies go one way, and that all have one shape.
 * What files import is the linter's business. `tokenflow-layers [root]`
 */
import { resolve } from "node:path";
import { layerViolations } from "./rules/layer-rules.ts";
import { manifestViolations } from "./rules/manifest-rules.ts";
import { readWorkspace } from "./workspace/workspace.ts";

const root: string = resolve(process.argv[2] ?? resolve(import.meta.dirname, "../../.."));
const packages = readWorkspace(root);
const violations: readonly string[] = [...layerViolations(packages), ...packages.flatMap(manifestViolations)];

for (const violation of violations) console.error(violation);
console.log(`${packages.length} packages, ${violations.length} violations`);
process.exitCode = violations.length === 0 ? 0 : 1;
