import { once } from "node:events";
import { chmod } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
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

test.each([
  ["credits", "1,437.5 of 1,500 credits", { limit: 1500, remaining: 1437.5, used: 62.5, unit: "credits" }],
  ["requests", "287 of 300 requests", { limit: 300, remaining: 287, unit: "requests" }],
] as const)("with --usage it asks for quotas, in %s", async (billing, words, quota) => {
  await using sandbox = await openSandbox({ billing });
  await sandbox.signIn();
  const { exit, stdout, stderr } = await sandbox.run(["status", "--usage"]);
  expect([exit, stderr]).toEqual([0, ""]);
  const line = stdout.split("\n").find((one) => one.includes("premium interactions"));
  expect(line).toMatch(new RegExp(`^copilot +default +individual +premium interactions +${words} +\\S`));
  expect(stdout).toMatch(/^copilot +default +individual +chat +unlimited +–$/m);
  const [row] = JSON.parse((await sandbox.run(["status", "-u", "--json"])).stdout);
  expect(row.usage).toMatchObject({ plan: "individual", resets_at: expect.stringMatching(/^20/) });
  expect(row.usage.quotas).toContainEqual({
    name: "premium_interactions",
    ...quota,
    overage: 0,
    overage_permitted: false,
  });
});

test("with --usage a service that tells nothing spoils nothing", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  sandbox.simulator.fault({
    service: "github-api",
    path: "/copilot_internal/user",
    status: 503,
    body: "<html>Unicorn!</html>",
  });
  const { exit, stdout, stderr } = await sandbox.run(["status", "--usage"]);
  expect([exit, stdout.split("\n").length]).toEqual([0, 3]);
  expect(stderr).toMatch(/^tokenflow: copilot\/default: no usage: /);
});

test("with --usage a service that never answers is named", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const silent = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => silent.closeAllConnections());
  onTestFinished(() => void silent.close());
  const { port } = silent.address() as AddressInfo;
  // A second passes in ten milliseconds, and all timers of the platform are as fast.
  const hurry =
    "const wait=setTimeout;globalThis.setTimeout=(run,time,...rest)=>wait(run,time/100,...rest);" +
    "const timeout=AbortSignal.timeout;AbortSignal.timeout=(time)=>timeout.call(AbortSignal,time/100);";
  const { exit, stderr } = await sandbox.run(["status", "--usage"], {
    TOKENFLOW_GITHUB_API_URL: `http://127.0.0.1:${port}`,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(hurry)}`,
  });
  expect(exit).toBe(0);
  expect(stderr).toMatch(
    /^tokenflow: copilot\/default: no usage: 127\.0\.0\.1:\d+ did not answer within 30 s\./,
  );
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
