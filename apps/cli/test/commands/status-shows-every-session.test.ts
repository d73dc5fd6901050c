import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("as a table, and as JSON, without a request", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await sandbox.signIn(["hyper", "--account", "work"]);
  const requests = sandbox.simulator.counts.requests;

  const { exit, stdout, stderr } = await sandbox.run(["status"]);
  expect([exit, stderr]).toEqual([0, ""]);
  const [head, copilot, hyper, ...rest] = stdout.split("\n");
  expect(head).toMatch(/^PROVIDER {2}ACCOUNT {2}LOGIN +STATE +VALID UNTIL +DUE +STORE$/);
  expect(copilot).toMatch(/^copilot +default +octocat +valid +(?:\S+ )?\d\d:\d\d +(?:\S+ )?\d\d:\d\d +file$/);
  expect(hyper).toMatch(/^hyper +work +\S.* +valid +(?:\S+ )?\d\d:\d\d +(?:\S+ )?\d\d:\d\d +file$/);
  expect(rest).toEqual([""]);

  const json = await sandbox.run(["status", "--json"]);
  expect(JSON.parse(json.stdout)).toMatchObject([
    {
      provider: "copilot",
      account: "default",
      login: "octocat",
      state: "valid",
      origin: "device",
      store: "file",
    },
    { provider: "hyper", account: "work", state: "valid" },
  ]);
  expect(sandbox.simulator.counts.requests).toBe(requests);
});

test("in the same order in every language", async () => {
  await using sandbox = await openSandbox();
  for (const account of ["hana", "chat"]) await sandbox.signIn(["copilot", "--account", account]);
  // In Czech, "ch" is a separate letter after "h".
  const { stdout } = await sandbox.run(["status", "--json"], { LC_ALL: "cs_CZ.UTF-8" });
  expect(JSON.parse(stdout)).toMatchObject([{ account: "chat" }, { account: "hana" }]);
});

test("no sessions is a result, not an error", async () => {
  await using sandbox = await openSandbox();
  expect(await sandbox.run(["status"])).toEqual({
    exit: 0,
    stdout: "",
    stderr: "No sessions in ~/.config/tokenflow. Run: tokenflow login copilot\n",
  });
  expect(await sandbox.run(["status", "--json"])).toEqual({ exit: 0, stdout: "[]\n", stderr: "" });
});

test("TOKENFLOW_HOME moves the folder, and every message names it", async () => {
  await using sandbox = await openSandbox();
  const env = { TOKENFLOW_HOME: `${sandbox.home}/elsewhere` };
  expect((await sandbox.run(["status"], env)).stderr).toContain("No sessions in ~/elsewhere.");
  expect((await sandbox.run(["token", "copilot"], env)).stderr).toContain("(looked in ~/elsewhere)");
});

test("a corrupt record is one row with what to do, and the others still work", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await sandbox.signIn(["hyper"]);
  await chmod(join(sandbox.folder, "copilot.json"), 0o644);
  const { exit, stdout, stderr } = await sandbox.run(["status"]);
  expect(exit).toBe(8);
  expect(stdout).toMatch(/^copilot +default +– +cannot be read .*\nhyper +default +\S.* +valid /m);
  expect(stderr).toMatch(/^tokenflow: copilot\/default: \S+ can be read by others\. Run: chmod 600 \S+\n$/);
  const [row] = JSON.parse((await sandbox.run(["status", "--json"])).stdout) as readonly unknown[];
  expect(row).toMatchObject({
    state: "unavailable",
    failure: { code: "store.insecure", hint: expect.stringMatching(/^Run: chmod 600 /) },
  });
});
