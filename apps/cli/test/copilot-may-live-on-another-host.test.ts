import { expect, test } from "vitest";
import { openSandbox } from "./support/sandbox.ts";

test("a sign-in with --host goes there, whatever the environment says", async () => {
  await using sandbox = await openSandbox();
  const { githubUrl } = sandbox.simulator;
  const signingIn = sandbox.start(["login", "copilot", "--host", githubUrl], {
    TOKENFLOW_GITHUB_URL: "http://127.0.0.1:9",
    TOKENFLOW_GITHUB_API_URL: "http://127.0.0.1:9",
  });
  const [, address] = await signingIn.seen(/^Open (\S+)\/login\/device and enter/m);
  expect(address).toBe(githubUrl);
});

test("what is not a GitHub's host is refused before anything is sent", async () => {
  await using sandbox = await openSandbox();
  for (const host of ["evil.github.com", "a.b.ghe.com", "github.com/path"]) {
    const { exit, stdout, stderr } = await sandbox.run(["login", "copilot", "--host", host]);
    expect([exit, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^tokenflow: "\S+" is not the host of a GitHub\. Give a host such as /);
  }
  expect(sandbox.simulator.counts.requests).toBe(0);
});
