import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

/** Stores sessions as a library's user does who has a provider of their own and the default folder. */
async function storeForeign(sandbox: Sandbox, names: readonly string[]): Promise<void> {
  const record = await readFile(join(sandbox.folder, "copilot.json"), "utf8");
  for (const name of names) await writeFile(join(sandbox.folder, `${name}.json`), record, { mode: 0o600 });
}

const MANY = Array.from({ length: 1_000 }, (_, index) => `acme@user${index}`);

test("a thousand of them are one row of the table and one finding of doctor, with exit code 0", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await storeForeign(sandbox, [...MANY, "oauth%3aid.example.org"]);

  const { exit, stdout, stderr } = await sandbox.run(["status"]);
  expect([exit, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^acme +1000 accounts +– +not configured here /m);
  expect(stdout).toMatch(/^copilot +default +octocat +valid /m);
  expect(stdout).toMatch(/^oauth:id\.example\.org +default +– +not configured here /m);
  expect(stdout.trimEnd().split("\n")).toHaveLength(4);

  const rows = JSON.parse((await sandbox.run(["status", "--json"])).stdout) as readonly { state: string }[];
  expect(rows.filter(({ state }) => state === "not_configured")).toHaveLength(1_001);

  const doctor = await sandbox.run(["doctor"]);
  expect(doctor.exit).toBe(0);
  expect(doctor.stdout).toMatch(
    /^ok +sessions +1001 sessions of other programs, not configured here: acme, oauth:id\.example\.org$/m,
  );
});

test("commands without a provider choose among the sessions that are configured", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await storeForeign(sandbox, ["acme", "oauth%3aid.example.org"]);
  expect(await sandbox.run(["token"])).toMatchObject({ exit: 0, stderr: "" });
  expect((await sandbox.run(["exec", "--", "true"])).exit).toBe(0);
  expect(await sandbox.run(["token", "oauth"])).toMatchObject({ exit: 3 });
  const completed = await sandbox.run(["completion", "providers"]);
  expect(completed.stdout).not.toContain("acme");

  const proxy = sandbox.startProxy(["--port", "0"]);
  await proxy.seen(/others /);
  proxy.child.kill("SIGTERM");
  const { stderr } = await proxy.ended;
  expect(stderr.match(/^.*not served.*$/gm)).toEqual([
    "tokenflow-proxy: sessions of other programs are not served: acme, oauth:id.example.org. To serve them, declare their providers in config.json.",
  ]);
});

test("logout --all leaves them to their own programs", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await storeForeign(sandbox, ["acme"]);
  expect(await sandbox.run(["logout", "--all"])).toMatchObject({ exit: 0 });
  expect(await readFile(join(sandbox.folder, "acme.json"), "utf8")).not.toBe("");
  expect((await sandbox.run(["status"])).stdout).toMatch(/^acme +default +– +not configured here /m);
});
