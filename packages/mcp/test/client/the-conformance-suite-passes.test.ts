import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "vitest";

const SUITE = join(
  dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json")),
  "dist/index.js",
);
const CLIENT = `${process.execPath} --conditions=@tokenflow/source ${join(import.meta.dirname, "conformance-client.ts")}`;
const BASELINE = join(import.meta.dirname, "conformance-baseline.yml");

// A step of its own in CI: `pnpm run test:mcp`.
test.runIf(process.env["MODE"] === "all")(
  "the official suite's scenarios of authorization pass, but for those of the baseline",
  {
    timeout: 300_000,
  },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "tokenflow-conformance-"));
    const args = ["client", "--command", CLIENT, "--suite", "auth", "--timeout", "60000"];
    const suite = spawn(process.execPath, [SUITE, ...args, "--expected-failures", BASELINE, "-o", folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [output] = await Promise.all([text(suite.stdout), once(suite, "close")]);
    await rm(folder, { recursive: true, force: true });
    expect(suite.exitCode, output.slice(-4_000)).toBe(0);
  },
);
