import { stat } from "node:fs/promises";
import { join } from "node:path";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("a person reads the code, the address and the result", async () => {
  await using sandbox = await openSandbox();
  const { exit, stdout, stderr } = await sandbox.signIn();
  const [open, consent, signedIn, app, next, ...rest] = stderr.split("\n");

  expect(open).toMatch(/^Open http:\/\/127\.0\.0\.1:\d+\/login\/device and enter {3}[A-Z]{4}-[A-Z]{4}$/);
  const { appName, clientId, scope } = createCopilotProvider();
  expect(consent).toBe(
    `GitHub will name the app "${appName}"; TokenFlow is not an official client (client id ${clientId}, scope ${scope}).`,
  );
  expect(signedIn).toMatch(
    /^Signed in to GitHub Copilot as octocat · stored in ~\/\.config\/tokenflow \(file, not encrypted\) · token until [\d :-]{5,16}$/,
  );
  expect(app).toBe('You gave consent to the app "GitHub Copilot Plugin".');
  expect(next).toBe("Next: tokenflow exec copilot -- <command> · tokenflow proxy · tokenflow token copilot");
  expect(rest).toEqual([""]);
  expect(stdout).toBe("");
  expect(exit).toBe(0);
  expect((await stat(join(sandbox.folder, "copilot.json"))).mode & 0o777).toBe(0o600);
});

test("another client id is shown in place of the default app", async () => {
  await using sandbox = await openSandbox();
  const signingIn = sandbox.start(["login", "copilot"], {
    TOKENFLOW_COPILOT_CLIENT_ID: "01ab8ac9400c4e429b23",
  });
  await signingIn.seen(
    /^GitHub will name the app "Visual Studio Code"; .* \(client id 01ab8ac9400c4e429b23, scope read:user\)\.$/m,
  );
});

test("a program reads JSON lines", async () => {
  await using sandbox = await openSandbox();
  const signingIn = sandbox.start(["login", "hyper", "--json", "--account", "work"]);
  const [line] = await signingIn.seen(/^\{.*\}$/m);
  const code: unknown = JSON.parse(line);
  expect(code).toMatchObject({
    type: "code",
    verification_uri: expect.stringContaining("http://127.0.0.1:"),
  });
  const [, userCode = ""] = await signingIn.seen(/"user_code":"([^"]+)"/);
  sandbox.simulator.approve(userCode);

  const { exit, stdout, stderr } = await signingIn.ended;
  const [, last = "", ...rest] = stdout.split("\n");
  expect(JSON.parse(last)).toMatchObject({
    type: "signed_in",
    provider: "hyper",
    account: "work",
    store: "file",
  });
  expect(rest).toEqual([""]);
  expect(stderr).toBe("");
  expect(exit).toBe(0);
});

test("a denial is exit 5, and nothing is stored", async () => {
  await using sandbox = await openSandbox();
  const signingIn = sandbox.start(["login", "copilot"]);
  const [, userCode = ""] = await signingIn.seen(/enter {3}(\S+)/);
  sandbox.simulator.deny(userCode);
  const { exit, stderr } = await signingIn.ended;
  expect(stderr).toMatch(/^tokenflow: the sign-in was denied: .* Start the sign-in again\.$/m);
  expect(exit).toBe(5);
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(3);
});

test("consent without a Copilot plan is stored, and the refusal is exit 6", async () => {
  await using sandbox = await openSandbox({ copilotRefusal: "no_copilot_access" });
  const { exit, stderr } = await sandbox.signIn();
  expect(stderr).toMatch(
    /^Signed in to GitHub Copilot.* · stored in ~\/\.config\/tokenflow \(file, not encrypted\)$/m,
  );
  expect(stderr).toMatch(/^tokenflow: .*no_copilot_access.*$/m);
  expect(exit).toBe(6);

  sandbox.simulator.settings.copilotRefusal = undefined;
  await expect.poll(async () => (await sandbox.run(["token", "copilot"])).exit, { timeout: 15_000 }).toBe(0);
  expect(sandbox.simulator.counts.deviceCodes).toBe(1);
});

test("another login for the same session is reported", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const { stderr } = await sandbox.signIn(["copilot"], "hubot");
  expect(stderr).toMatch(/^Signed in to GitHub Copilot as hubot · /m);
  expect(stderr).toMatch(/^The previous login of this session was octocat\.$/m);
});

test("Ctrl-C ends a sign-in immediately with 130 and leaves nothing", async () => {
  await using sandbox = await openSandbox({ interval: 5 });
  const signingIn = sandbox.start(["login", "copilot"]);
  await signingIn.seen(/enter {3}(\S+)/);
  const before = performance.now();
  signingIn.child.kill("SIGINT");
  const { exit, stdout, stderr } = await signingIn.ended;
  expect(exit).toBe(130);
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(stdout).toBe("");
  expect(stderr.split("\n")).toHaveLength(3);
  expect(sandbox.simulator.counts.polls).toBe(0);
});
