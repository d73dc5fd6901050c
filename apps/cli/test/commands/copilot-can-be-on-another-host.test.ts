import { namesModule } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("a sign-in with --host overrides the environment", async () => {
  await using sandbox = await openSandbox();
  const { githubUrl } = sandbox.simulator;
  const signingIn = sandbox.start(["login", "copilot", "--host", githubUrl], {
    TOKENFLOW_GITHUB_URL: "http://127.0.0.1:9",
    TOKENFLOW_GITHUB_API_URL: "http://127.0.0.1:9",
  });
  const [, address] = await signingIn.seen(/^Open (\S+)\/login\/device and enter/m);
  expect(address).toBe(githubUrl);
});

test("an invalid GitHub host is refused before anything is sent", async () => {
  await using sandbox = await openSandbox();
  for (const host of ["evil.github.com", "a.b.ghe.com", "github.com/path"]) {
    const { exit, stdout, stderr } = await sandbox.run(["login", "copilot", "--host", host]);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^tokenflow: "\S+" is not a GitHub host\. Use a host such as /);
  }
  expect(sandbox.simulator.counts.requests).toBe(0);
});

test("a tenant's sign-in, its tokens and its API are the tenant's own, in later commands too", async () => {
  const api = "https://copilot-api.tenant.ghe.com";
  await using sandbox = await openSandbox({ copilotEndpoint: api });
  const { githubUrl, githubApiUrl, copilotUrl, journal } = sandbox.simulator;
  const env = {
    TOKENFLOW_GITHUB_URL: "",
    TOKENFLOW_GITHUB_API_URL: "",
    TOKENFLOW_COPILOT_API_URL: "",
    NODE_OPTIONS: `--import=${namesModule}`,
    TEST_NAMES: JSON.stringify({
      "tenant.ghe.com": githubUrl,
      "api.tenant.ghe.com": githubApiUrl,
      "copilot-api.tenant.ghe.com": copilotUrl,
    }),
  };
  const { exit, stderr } = await sandbox.signIn(["copilot", "--host", "tenant.ghe.com"], undefined, env);
  expect(stderr).toMatch(/^Signed in to GitHub Copilot as octocat · stored in /m);
  expect(exit).toBe(0);

  const first = await sandbox.run(["token", "copilot", "--json"], env);
  expect(JSON.parse(first.stdout)).toMatchObject({ base_url: api });
  const second = await sandbox.run(["token", "copilot", "--force-refresh"], env);
  expect(second.exit).toBe(0);
  expect(first.stdout).not.toContain(second.stdout.trim());
  const kinds = journal.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === "exchange")).toHaveLength(2);

  const elsewhere = await sandbox.run(["token", "copilot", "--force-refresh"], {
    ...env,
    TOKENFLOW_GITHUB_URL: "https://github.com",
  });
  expect(elsewhere).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining("the session belongs to tenant.ghe.com, not to github.com"),
  });
  expect(journal.map(({ kind }) => kind)).toEqual(kinds);
});
