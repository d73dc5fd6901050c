import { readdir } from "node:fs/promises";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("it removes one session, then the others", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await sandbox.signIn(["copilot", "--account", "work"], "hubot");
  await sandbox.signIn(["hyper"]);

  expect(await sandbox.run(["logout", "copilot", "--account", "work"])).toEqual({
    exit: 0,
    stdout: "",
    stderr: "Signed out of GitHub Copilot (work, hubot) · removed from ~/.config/tokenflow\n",
  });
  expect((await sandbox.run(["token", "copilot", "--account", "work"])).exit).toBe(3);
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(0);

  const all = await sandbox.run(["logout", "--all"]);
  expect(all.exit).toBe(0);
  expect(all.stderr.split("\n").filter((line) => line.startsWith("Signed out of "))).toHaveLength(2);
  expect((await readdir(sandbox.folder)).filter((name) => name.endsWith(".json"))).toEqual([]);
});

test("without a session it reports that", async () => {
  await using sandbox = await openSandbox();
  expect(await sandbox.run(["logout", "copilot"])).toMatchObject({
    exit: 3,
    stderr:
      "tokenflow: not signed in to copilot (looked in ~/.config/tokenflow). Run: tokenflow login copilot\n",
  });
  expect(await sandbox.run(["logout", "--all"])).toMatchObject({
    exit: 0,
    stderr: "No sessions in ~/.config/tokenflow.\n",
  });
});

test("--revoke ends the consent at GitHub too", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const { exit, stderr } = await sandbox.run(["logout", "copilot", "--revoke"]);
  expect([exit, stderr]).toEqual([
    0,
    "Signed out of GitHub Copilot (octocat) and revoked there · removed from ~/.config/tokenflow\n",
  ]);
  expect(sandbox.simulator.counts.revocations).toBe(1);
});

test("if the service cannot revoke, --revoke signs out here and reports that", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn(["hyper"]);
  const { exit, stderr } = await sandbox.run(["logout", "hyper", "--revoke"]);
  expect(exit).toBe(0);
  expect(stderr).toMatch(/^Signed out of Charm Hyper .* · removed from ~\/\.config\/tokenflow$/m);
  expect(stderr).toMatch(
    /^Charm Hyper offers no revocation: the session is gone from this machine only\. .*$/m,
  );
  expect((await sandbox.run(["token", "hyper"])).exit).toBe(3);
});

test("if the service is unavailable, the session is removed here, and the error is reported", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await sandbox.simulator.close();
  const { exit, stderr } = await sandbox.run(["logout", "copilot", "--revoke"]);
  expect(exit).toBe(7);
  expect(stderr).toMatch(/^Signed out of GitHub Copilot \(octocat\) · removed from ~\/\.config\/tokenflow$/m);
  expect(stderr).toMatch(/^tokenflow: no answer from .*$/m);
  expect((await sandbox.run(["token", "copilot"])).exit).toBe(3);
});

test("without the passphrase a session can be removed but not revoked", async () => {
  await using sandbox = await openSandbox();
  const env = { TOKENFLOW_PASSPHRASE: "a phrase that somebody forgets" };
  expect((await sandbox.signIn(["copilot", "--encrypt", "passphrase"], undefined, env)).exit).toBe(0);
  const revoke = await sandbox.run(["logout", "copilot", "--revoke"]);
  expect(revoke).toMatchObject({ exit: 8, stdout: "" });
  expect(revoke.stderr).toContain("TOKENFLOW_PASSPHRASE is not set");
  expect(sandbox.simulator.counts.revocations).toBe(0);

  expect(await sandbox.run(["logout", "copilot"])).toEqual({
    exit: 0,
    stdout: "",
    stderr: "Signed out of GitHub Copilot · removed from ~/.config/tokenflow\n",
  });
  expect(
    (await readdir(sandbox.folder)).filter((name) => /^copilot.*\.(?:json|corrupt)$/.test(name)),
  ).toEqual([]);
  expect((await sandbox.run(["token", "copilot"], env)).exit).toBe(3);
});
