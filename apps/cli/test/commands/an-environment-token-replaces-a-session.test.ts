import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("TOKENFLOW_<PROVIDER>_TOKEN is printed unchanged, without a request or a stored session", async () => {
  await using sandbox = await openSandbox();
  const env = { TOKENFLOW_HYPER_TOKEN: "given-by-hand" };
  expect(await sandbox.run(["token"], env)).toEqual({ exit: 0, stdout: "given-by-hand\n", stderr: "" });
  expect(await sandbox.run(["token", "hyper", "--force-refresh"], env)).toMatchObject({
    stdout: "given-by-hand\n",
  });
  expect(sandbox.simulator.counts.requests).toBe(0);
});

test("HYPER_API_KEY is also a token", async () => {
  await using sandbox = await openSandbox();
  const env = { HYPER_API_KEY: "sk-hyper-simulated" };
  expect(await sandbox.run(["token", "hyper"], env)).toMatchObject({
    exit: 0,
    stdout: "sk-hyper-simulated\n",
  });
  const { stdout } = await sandbox.run(["status"], env);
  expect(stdout).toMatch(/^hyper +default .* HYPER_API_KEY$/m);
});

test("TOKENFLOW_COPILOT_GRANT is redeemed and stored in memory", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const { readFile } = await import("node:fs/promises");
  const record = await readFile(`${sandbox.folder}/copilot.json`, "utf8");
  const [, grant = ""] = /"githubToken":"([^"]+)"/.exec(record) ?? [];
  await sandbox.run(["logout", "copilot"]);
  const { exit, stdout } = await sandbox.run(["token", "copilot"], { TOKENFLOW_COPILOT_GRANT: grant });
  expect([exit, stdout]).toEqual([0, expect.stringMatching(/^tid=\S+\n$/)]);
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(3);
});

test("a revoked grant is reported with its variable", async () => {
  await using sandbox = await openSandbox();
  const env = { TOKENFLOW_COPILOT_GRANT: "gho_neverIssuedByAnybody" };
  expect(await sandbox.run(["token", "copilot"], env)).toEqual({
    exit: 3,
    stdout: "",
    stderr:
      "tokenflow: TOKENFLOW_COPILOT_GRANT contains a grant that is no longer accepted. Set it to another one, or unset it and run: tokenflow login copilot\n",
  });
});

test("TOKENFLOW_COPILOT_DIRECT=1 uses the GitHub token itself if its app has no exchange", async () => {
  await using sandbox = await openSandbox();
  const { simulator } = sandbox;
  const TOKENFLOW_COPILOT_GRANT = simulator.createGrant("github", { clientId: "178c6fc778ccc68e1d6a" });
  const exchangeOnly = { TOKENFLOW_COPILOT_GRANT, TOKENFLOW_COPILOT_MODE: "exchange" };
  const refused = await sandbox.run(["token", "copilot"], exchangeOnly);
  expect(refused.exit).toBe(6);
  expect(refused.stderr).toContain("TOKENFLOW_COPILOT_MODE");
  const env = { TOKENFLOW_COPILOT_GRANT, TOKENFLOW_COPILOT_DIRECT: "1" };
  expect((await sandbox.run(["token", "copilot"], env)).stdout).toBe(`${TOKENFLOW_COPILOT_GRANT}\n`);
  expect(simulator.journal.map(({ kind }) => kind)).toEqual(["exchange", "usage"]);
});

test("a GitHub token in TOKENFLOW_COPILOT_TOKEN is refused, naming the other variable and not the token", async () => {
  await using sandbox = await openSandbox();
  const env = { TOKENFLOW_COPILOT_TOKEN: "gho_0123456789abcdef" };
  expect(await sandbox.run(["token", "copilot"], env)).toEqual({
    exit: 2,
    stdout: "",
    stderr:
      "tokenflow: TOKENFLOW_COPILOT_TOKEN holds a token that copilot does not accept. This is a GitHub token: set TOKENFLOW_COPILOT_GRANT to it instead.\n",
  });
});

test("signing in or out is refused", async () => {
  await using sandbox = await openSandbox();
  const env = { TOKENFLOW_HYPER_TOKEN: "given-by-hand" };
  for (const command of ["login", "logout"]) {
    const { exit, stderr } = await sandbox.run([command, "hyper"], env);
    expect(exit).toBe(2);
    expect(stderr).toMatch(/^tokenflow: .*TOKENFLOW_HYPER_TOKEN.*\n$/);
  }
});

test("a refresh of a token is refused, and one of a grant is made", async () => {
  await using sandbox = await openSandbox();
  const { simulator } = sandbox;
  expect(await sandbox.run(["refresh", "hyper"], { TOKENFLOW_HYPER_TOKEN: "given-by-hand" })).toEqual({
    exit: 2,
    stdout: "",
    stderr:
      "tokenflow: TOKENFLOW_HYPER_TOKEN is a token, which cannot be refreshed. Set it to another one, or unset it to use the session.\n",
  });
  expect(simulator.counts.requests).toBe(0);
  const env = { TOKENFLOW_COPILOT_GRANT: simulator.createGrant("github") };
  expect((await sandbox.run(["refresh", "copilot"], env)).exit).toBe(0);
});
