import { open } from "node:fs/promises";
import { expect, test } from "vitest";
import { openSandbox } from "../support/sandbox.ts";

test("it prints a fresh token and a refreshed one", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const fresh = await sandbox.run(["token", "copilot"]);
  expect(fresh).toMatchObject({ exit: 0, stderr: "" });
  expect(fresh.stdout).toMatch(/^tid=\S+\n$/);
  expect(await sandbox.run(["token"])).toEqual(fresh);
  expect(sandbox.simulator.counts.exchanges).toBe(1);

  const forced = await sandbox.run(["token", "copilot", "--force-refresh"]);
  expect(forced).toMatchObject({ exit: 0, stderr: "" });
  expect(forced.stdout).toMatch(/^tid=\S+\n$/);
  expect(forced.stdout).not.toBe(fresh.stdout);
  expect(sandbox.simulator.counts.exchanges).toBe(2);
});

test("it refreshes an expired token", async () => {
  await using sandbox = await openSandbox({ tokenLifetime: 1 });
  await sandbox.signIn();
  const { expires_at: first } = await tokenJson(sandbox);
  await expect.poll(() => Date.now() > Date.parse(first), { timeout: 5_000 }).toBe(true);
  sandbox.simulator.settings.tokenLifetime = 1800;
  const before = sandbox.simulator.counts.exchanges;
  const renewed = await sandbox.run(["token", "copilot"]);
  expect(renewed).toMatchObject({ exit: 0, stderr: "" });
  expect(renewed.stdout).toMatch(/^tid=\S+\n$/);
  expect(sandbox.simulator.counts.exchanges).toBe(before + 1);
});

test("--min-validity refreshes a token that expires too soon", async () => {
  await using sandbox = await openSandbox({ tokenLifetime: 300 });
  await sandbox.signIn();
  sandbox.simulator.settings.tokenLifetime = 1800;
  await sandbox.run(["token", "copilot", "--min-validity", "60s"]);
  expect(sandbox.simulator.counts.exchanges).toBe(1);
});

test("--json and --header are for programs", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const json = await tokenJson(sandbox);
  expect(json).toMatchObject({
    token_type: "Bearer",
    base_url: sandbox.simulator.copilotUrl,
    provider: "copilot",
    account: "default",
  });
  const minutes = (Date.parse(json.expires_at) - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(28);
  expect(minutes).toBeLessThan(31);

  const { stdout } = await sandbox.run(["token", "copilot", "--header"]);
  const lines = stdout.trimEnd().split("\n");
  expect(lines[0]).toBe(`Authorization: Bearer ${json.access_token}`);
  expect(lines.some((line) => /^editor-version: TokenFlow\//i.test(line))).toBe(true);
  const answer = await fetch(`${json.base_url}/models`, {
    headers: lines.map((line): [string, string] => [
      line.split(": ")[0] ?? "",
      line.slice(line.indexOf(": ") + 2),
    ]),
  });
  expect(answer.status).toBe(200);
});

test("without a session it is exit 3, with one line that names the store and the command", async () => {
  await using sandbox = await openSandbox();
  expect(await sandbox.run(["token", "copilot"])).toEqual({
    exit: 3,
    stdout: "",
    stderr:
      "tokenflow: not signed in to copilot (looked in ~/.config/tokenflow). Run: tokenflow login copilot\n",
  });
  expect(await sandbox.run(["token", "hyper", "--account", "work"])).toMatchObject({
    exit: 3,
    stderr:
      'tokenflow: not signed in to hyper as account "work" (looked in ~/.config/tokenflow). Run: tokenflow login hyper --account work\n',
  });
  const { exit, stderr } = await sandbox.run(["token", "copilot", "--json"]);
  expect(exit).toBe(3);
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: "session.signed_out", exit: 3 } });
});

test("Ctrl-C loses no redemption that was already sent", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const old = await sandbox.run(["token", "copilot"]);
  const { simulator } = sandbox;
  simulator.fault({ service: "github-api", path: "/copilot_internal/v2/token", delay: 1_500 });
  const running = sandbox.start(["token", "copilot", "--force-refresh"]);
  await expect.poll(() => simulator.counts.exchanges, { timeout: 20_000 }).toBe(2);
  running.child.kill("SIGINT");
  expect(await running.ended).toEqual({
    exit: 130,
    stdout: "",
    stderr: "Finishing the current request; press Ctrl-C again to stop now.\n",
  });
  const kept = await sandbox.run(["token", "copilot"]);
  expect(kept.stdout).toMatch(/^tid=/);
  expect(kept.stdout).not.toBe(old.stdout);
  expect(simulator.counts.exchanges).toBe(2);
});

test("a reader that closes the pipe causes no error", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const running = sandbox.start(["token", "copilot"]);
  running.child.stdout?.destroy();
  expect(await running.ended).toMatchObject({ exit: 0, stderr: "" });
});

test("an output that cannot be written is reported, not thrown", {
  skip: process.platform !== "linux",
}, async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await using full = await open("/dev/full", "w");
  const running = sandbox.start(["token", "copilot"], {}, full.fd);
  expect(await running.ended).toMatchObject({
    exit: 1,
    stderr: "tokenflow: cannot write the output (ENOSPC).\n",
  });
});

async function tokenJson(
  sandbox: Awaited<ReturnType<typeof openSandbox>>,
): Promise<Record<"access_token" | "expires_at" | "base_url", string>> {
  const { stdout } = await sandbox.run(["token", "copilot", "--json"]);
  return JSON.parse(stdout) as Record<"access_token" | "expires_at" | "base_url", string>;
}

test("--min-validity that no token of the service can have is remarked on stderr", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  const long = await sandbox.run(["token", "copilot", "--min-validity", "10h"]);
  expect(long.exit).toBe(0);
  expect(long.stdout).toMatch(/^\S+\n$/);
  expect(long.stderr).toMatch(
    /^tokenflow: the token is valid for \d\d:\d\d only, less than --min-validity\.\n$/,
  );
  expect((await sandbox.run(["token", "copilot", "--min-validity", "5m"])).stderr).toBe("");
});
