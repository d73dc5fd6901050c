import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

const DATA = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "hi" }] });

test("a refused exchange leads to direct mode, which token, status and doctor tell", async () => {
  await using sandbox = await openSandbox({ copilotRefusal: "not_found", directScheme: "token" });
  await sandbox.signIn();
  // The second one could be printed from the file alone.
  for (let time = 0; time < 2; time += 1) {
    const printed = await sandbox.run(["token", "copilot"]);
    expect(printed.stdout).toMatch(/^ghu_\w+\n$/);
    expect(printed.stderr).toContain("long-lived");
  }
  const status = await sandbox.run(["status"]);
  expect(status.stdout).toContain("valid, direct");
  const [row] = JSON.parse((await sandbox.run(["status", "--json"])).stdout);
  expect(row).toMatchObject({ mode: "direct", mode_reason: expect.stringContaining("404") });
  const doctor = await sandbox.run(["doctor"]);
  expect(doctor.stdout).toMatch(/mode is direct: .*404.*the exchange is asked again/);

  // The scheme that the API asked for is the same for every part of the program.
  expect((await sandbox.run(["api", "copilot", "/chat/completions", "-d", DATA])).exit).toBe(0);
  const headers = (await sandbox.run(["token", "copilot", "--header"])).stdout;
  expect(headers).toMatch(/^Authorization: token ghu_/);
  expect(headers).not.toMatch(/editor-version|integration/i);
  const calls = sandbox.simulator.journal.filter(({ kind }) => kind === "chat");
  expect(calls.map(({ status: answered }) => answered)).toEqual([400, 200]);

  // A person who forbids direct mode gets no GitHub token from an earlier session.
  const forbidden = await sandbox.run(["token", "copilot"], { TOKENFLOW_COPILOT_MODE: "exchange" });
  expect([forbidden.exit, forbidden.stdout]).toEqual([6, ""]);
});

test("an exchanged token is told as such, and printed without a warning", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const printed = await sandbox.run(["token", "copilot"]);
  expect(printed).toMatchObject({ exit: 0, stderr: "" });
  expect(printed.stdout).toMatch(/^tid=/);
  const [row] = JSON.parse((await sandbox.run(["status", "--json"])).stdout);
  expect(row).toMatchObject({ mode: "exchange" });
  expect((await sandbox.run(["doctor"])).stdout).toContain("mode is exchange");
});

test("the earlier setting still chooses direct mode, and an unknown mode is named", async () => {
  await using sandbox = await openSandbox();
  const grant = sandbox.simulator.createGrant("github");
  const env = { TOKENFLOW_COPILOT_GRANT: grant };
  const earlier = await sandbox.run(["token", "copilot"], { ...env, TOKENFLOW_COPILOT_DIRECT: "1" });
  expect(earlier.stdout).toBe(`${grant}\n`);
  const wrong = await sandbox.run(["token", "copilot"], { ...env, TOKENFLOW_COPILOT_MODE: "both" });
  expect(wrong.exit).not.toBe(0);
  expect(wrong.stderr).toContain('Unknown Copilot mode "both"');
  const contradiction = { ...env, TOKENFLOW_COPILOT_MODE: "exchange", TOKENFLOW_COPILOT_DIRECT: "1" };
  expect((await sandbox.run(["token", "copilot"], contradiction)).stderr).toContain("contradicts");
});

test("GitHub's own variables are read only if asked for, in GitHub's order", async () => {
  await using sandbox = await openSandbox();
  const { simulator } = sandbox;
  const first = simulator.createGrant("github", { clientId: "actions" });
  const second = simulator.createGrant("github", { clientId: "actions" });
  const env = { GH_TOKEN: first, GITHUB_TOKEN: second };
  const unasked = await sandbox.run(["token", "copilot"], env);
  expect(unasked.exit).toBe(3);
  expect(simulator.journal).toEqual([]);

  expect((await sandbox.run(["token", "copilot", "--from-env"], env)).stdout).toBe(`${first}\n`);
  const wins = { ...env, COPILOT_GITHUB_TOKEN: second };
  expect((await sandbox.run(["token", "copilot", "--from-env"], wins)).stdout).toBe(`${second}\n`);
  const byVariable = await sandbox.run(["token", "copilot"], { ...env, TOKENFLOW_FROM_ENV: "1" });
  expect(byVariable.stdout).toBe(`${first}\n`);
  const asked = await sandbox.run(["api", "copilot", "/chat/completions", "-d", DATA, "--from-env"], env);
  expect(asked.exit).toBe(0);
  expect((await sandbox.run(["status", "--from-env"], env)).stdout).toContain("GH_TOKEN");

  const none = await sandbox.run(["token", "copilot", "--from-env"]);
  expect(none.stderr).toContain("COPILOT_GITHUB_TOKEN");
});

test("a running proxy takes GitHub's own variables too", async () => {
  await using sandbox = await openSandbox();
  const env = { GITHUB_TOKEN: sandbox.simulator.createGrant("github", { clientId: "actions" }) };
  const proxy = sandbox.startProxy(["--port", "0", "--from-env"], env);
  const [url] = await proxy.seen(/http:\/\/127\.0\.0\.1:\d+/);
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: DATA,
  });
  expect(answer.status).toBe(200);
  proxy.child.kill("SIGTERM");
  await proxy.ended;
});

test("login --from-env stores a session of GitHub's own variable, which then needs no variable", async () => {
  await using sandbox = await openSandbox();
  const { simulator } = sandbox;
  const ofActions = simulator.createGrant("github", { clientId: "actions" });
  const signedIn = await sandbox.run(["login", "copilot", "--from-env"], { GITHUB_TOKEN: ofActions });
  expect(signedIn).toMatchObject({ exit: 0, stderr: expect.stringContaining("Signed in to GitHub Copilot") });
  expect((await sandbox.run(["token", "copilot"])).stdout).toBe(`${ofActions}\n`);

  const ofPerson = simulator.createGrant("github");
  expect((await sandbox.run(["login", "copilot", "--from-env"], { GH_TOKEN: ofPerson })).exit).toBe(0);
  expect((await sandbox.run(["token", "copilot"])).stdout).toMatch(/^tid=/);

  const ours = await sandbox.run(["login", "copilot", "--from-env"], { TOKENFLOW_COPILOT_GRANT: ofPerson });
  expect(ours.stderr).toContain("TOKENFLOW_COPILOT_GRANT replaces the session");
  const other = { GH_TOKEN: ofPerson, GH_HOST: "octo.ghe.com" };
  const elsewhere = await sandbox.run(["login", "copilot", "--from-env", "--host", "acme.ghe.com"], other);
  expect(elsewhere).toMatchObject({ exit: 2, stderr: expect.stringContaining("belongs to octo.ghe.com") });
});
