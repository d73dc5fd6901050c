import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTokenManager, importSession } from "@tokenflow/core";
import { createCopilotGrant, createCopilotProvider } from "@tokenflow/provider-copilot";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import { runExample, type Simulator, startSimulator } from "@tokenflow/simulator";
import { createFileStore } from "@tokenflow/store-file";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Example, examples } from "./support/examples.ts";

/** Why an example is compiled but not run here, by what its document says of it. */
const NOT_RUN: readonly (readonly [says: RegExp, why: string])[] = [
  [/@tokenflow\/store-keychain/, "wants a keychain: packages/store-keychain/test has one"],
  [/@tokenflow\/store-redis/, "wants a Redis: packages/store-redis/test has one"],
  [/@tokenflow\/adapters/, "wants an SDK's API: packages/adapters/test runs it"],
  [/login\.example\.org/, "wants that server: packages/provider-oauth/test runs it"],
  [/serveStdio/, "serves until its client leaves: packages/mcp/test runs it"],
  [/findCopilotSignIns/, "looks for other programs: packages/provider-copilot/test runs it"],
  [/WDJB-MJHT/, "approves a sign-in that somebody has to begin: tooling/simulator/test does"],
  [/@tokenflow\/conformance\/vitest/, "declares tests of Vitest: packages/provider-oauth/test runs one"],
  [/createFileLock/, "names a folder of somebody's: packages/file-lock/test has its own"],
];

/** Where they run: within this package, so that they find what they import, and whatever they write goes with it. */
const folder = join(import.meta.dirname, "../.output/run");

let simulator: Simulator;
let home: string;

beforeAll(async () => {
  const copilotEndpoint = "https://api.individual.githubcopilot.com";
  simulator = await startSimulator({ interval: 0.05, autoApprove: 0, copilotEndpoint });
  await mkdir(folder, { recursive: true });
  home = await mkdtemp(join(tmpdir(), "tokenflow-docs-"));
  const store = createFileStore({ folder: home });
  // A session of github.com, which an example can refresh: the API refuses its editor, and the token is replaced.
  const grant = createCopilotGrant(simulator.createGrant("github"));
  await importSession({ provider: createCopilotProvider(), store, grant });
  const hyper = createHyperProvider({ url: simulator.hyperUrl });
  await using manager = createTokenManager({ provider: hyper, store });
  await manager.signIn({ onUserCode: () => undefined });
});

afterAll(async () => {
  await simulator.close();
  await rm(home, { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
});

const programs = examples.filter(({ code }) => !NOT_RUN.some(([says]) => says.test(code)));

test.concurrent.each(programs)("$name runs as it stands", async ({ code }: Example) => {
  const { exit, stderr } = await runExample(code, {
    folder,
    names: {
      "github.com": simulator.githubUrl,
      "api.github.com": simulator.githubApiUrl,
      "api.githubcopilot.com": simulator.copilotUrl,
      "api.individual.githubcopilot.com": simulator.copilotUrl,
      "hyper.charm.land": simulator.hyperUrl,
    },
    env: { TOKENFLOW_HOME: home, HOME: home },
  });
  expect(stderr).toBe("");
  expect(exit).toBe(0);
});

test("each exception to running is still needed", () => {
  const needless = NOT_RUN.filter(([says]) => !examples.some(({ code }) => says.test(code)));
  expect(needless).toEqual([]);
});
