import { spawnSync } from "node:child_process";
import { delimiter, join, resolve } from "node:path";
import { expect, test } from "vitest";

/** A Node that is older than both programs require. */
function findOldNode(): string | undefined {
  const places = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "node"));
  return [...places, "/usr/bin/node", "/usr/local/bin/node"].find((node) => {
    const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
    const [major = 0, minor = 0] = (stdout ?? "").replace("v", "").split(".").map(Number);
    return major > 0 && (major < 22 || (major === 22 && minor < 19));
  });
}

const oldNode = findOldNode();
if (oldNode === undefined)
  process.stderr.write("Skipped: an old Node is told what is needed (no Node before 22.19 here)\n");

test.skipIf(oldNode === undefined)("in one sentence, with exit 2", () => {
  for (const [name, bin] of [
    ["tokenflow", "../../dist/bin.cjs"],
    ["tokenflow-proxy", "../../../proxy/dist/bin.js"],
  ] as const) {
    const file = resolve(import.meta.dirname, bin);
    const { status, stdout, stderr } = spawnSync(oldNode ?? "", [file, "status"], { encoding: "utf8" });
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(
      new RegExp(`^${name}: Node \\S+ is too old\\. Run it with Node 22\\.19 or newer\\.\n$`),
    );
  }
});
