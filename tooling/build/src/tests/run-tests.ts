/** Runs the tests on the Node of this checkout, or on the one at `TEST_NODE`. */
import { spawnSync } from "node:child_process";

const node = process.env["TEST_NODE"] || process.execPath;
const args = ["node_modules/vitest/vitest.mjs", "run", ...process.argv.slice(2)];
const { status, error } = spawnSync(node, args, { stdio: "inherit" });
if (error) process.stderr.write(`Cannot start ${node}: ${error.message}\n`);
process.exitCode = status ?? 1;
