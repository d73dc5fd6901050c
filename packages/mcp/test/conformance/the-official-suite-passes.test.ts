import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { createCopilotGrant } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";
import { openManager } from "../support/in-process.ts";
import { startSimulatedCopilot } from "../support/simulated-copilot.ts";
import { startConformanceServer } from "./server.ts";

const SUITE = join(
  dirname(createRequire(import.meta.url).resolve("@modelcontextprotocol/conformance/package.json")),
  "dist/index.js",
);
const CLIENT = `${process.execPath} --conditions=@tokenflow/source ${join(import.meta.dirname, "client.ts")}`;
/** It is a step of its own in CI: `pnpm run test:mcp`. */
const IS_STEP = process.env["MODE"] === "all";
const REVISIONS = ["2025-11-25", "2026-07-28"];

interface Ended {
  readonly exit: number | null;
  readonly output: string;
}

async function runSuite(revision: string, ...words: readonly string[]): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-conformance-"));
  const failures = join(import.meta.dirname, `expected-failures-${revision}.yml`);
  const args = [...words, "--spec-version", revision, "--expected-failures", failures, "-o", folder];
  const suite = spawn(process.execPath, [SUITE, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [output] = await Promise.all([text(suite.stdout), once(suite, "close")]);
  await rm(folder, { recursive: true, force: true });
  return { exit: suite.exitCode, output };
}

test.runIf(IS_STEP).each(REVISIONS)(
  "a client passes every scenario of authorization, revision %s",
  {
    timeout: 300_000,
  },
  async (revision) => {
    const args = ["client", "--command", CLIENT, "--suite", "auth", "--timeout", "120000"];
    const { exit, output } = await runSuite(revision, ...args);
    expect(exit, output.slice(-4_000)).toBe(0);
  },
);

test.runIf(IS_STEP).each(REVISIONS)(
  "a server whose tools need a token passes, but for the expected failures, revision %s",
  {
    timeout: 300_000,
  },
  async (revision) => {
    await using copilot = await startSimulatedCopilot();
    const grant = createCopilotGrant(copilot.simulator.createGrant("github"));
    await using manager = openManager(copilot.simulator, { grant });
    await using server = await startConformanceServer(manager);
    const { exit, output } = await runSuite(revision, "server", "--url", server.url, "--suite", "all");
    expect(output).toContain("✓ tools-call-simple-text: 2 passed, 0 failed");
    expect(exit, output.slice(-4_000)).toBe(0);
  },
);
