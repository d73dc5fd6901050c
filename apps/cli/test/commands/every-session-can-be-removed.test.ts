import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lock } from "@tokenflow/core/store";
import { createFileStore } from "@tokenflow/store-file";
import { expect, test } from "vitest";
import { startOddServer } from "../support/odd-server.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

const stored = async ({ folder }: Sandbox): Promise<readonly string[]> =>
  (await readdir(folder)).filter((name) => /^work.*\.json$/.test(name));

const declare = (sandbox: Sandbox, providers: object): Promise<void> =>
  writeFile(join(sandbox.folder, "config.json"), JSON.stringify({ providers }));

test.each<NodeJS.Signals>(["SIGKILL", "SIGINT"])(
  "a login that ends by %s after the consent leaves a session with its declaration",
  async (signal) => {
    await using sandbox = await openSandbox();
    // The session is stored before the service is asked who signed in.
    await using server = await startOddServer({ answers: { "/who": undefined } });
    const running = sandbox.start(["login", "work", ...server.flags]);
    await server.asked("/who");
    running.child.kill(signal);
    await running.ended;
    expect(await stored(sandbox)).toHaveLength(1);
    const { providers } = JSON.parse(await readFile(join(sandbox.folder, "config.json"), "utf8"));
    expect(providers).toMatchObject({ work: { clientId: "cli" } });
    expect((await sandbox.run(["token", "work"])).stdout).toBe("at-1\n");
    expect((await sandbox.run(["logout", "work"])).exit).toBe(0);
    expect(await stored(sandbox)).toEqual([]);
  },
);

test("a login whose session cannot be stored leaves the declaration of the one that works", async () => {
  await using sandbox = await openSandbox();
  const store = createFileStore({ folder: sandbox.folder });
  const locked = Promise.withResolvers<Lock>();
  let isSecond = false;
  await using server = await startOddServer({
    before: async (path) => {
      if (isSecond && path === "/token") locked.resolve(await store.lock("work/default", {}));
    },
  });
  expect((await sandbox.run(["login", "work", ...server.flags])).exit).toBe(0);
  isSecond = true;
  const config = join(sandbox.folder, "config.json");
  const declared = await readFile(config, "utf8");
  const running = sandbox.start(["login", "work", ...server.flags, "--scope", "more"]);
  const lock = await locked.promise;
  // It now waits for the lock, and says nothing of that.
  await sleep(500);
  running.child.kill("SIGKILL");
  await running.ended;
  await lock.release();
  expect(await readFile(config, "utf8")).toBe(declared);
});

test("a session without a declaration is shown and removed by its name, and not revoked", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOddServer();
  for (const account of ["default", "two", "three"]) {
    expect((await sandbox.run(["login", "work", ...server.flags, "--account", account])).exit).toBe(0);
  }
  await declare(sandbox, {});
  expect((await sandbox.run(["status", "work"])).stdout).toMatch(/^work +3 accounts .*not configured here/m);
  expect((await sandbox.run(["status", "nobody"])).exit).toBe(2);

  const all = await sandbox.run(["logout", "--all"]);
  expect(all.exit).toBe(0);
  expect(all.stderr).toContain("To remove them, run: tokenflow logout work --all");
  expect(await stored(sandbox)).toHaveLength(3);

  const one = await sandbox.run(["logout", "work", "--account", "two", "--revoke"]);
  expect(one).toMatchObject({ exit: 0, stdout: "" });
  expect(one.stderr).toBe(
    "Signed out of work (two) · removed from ~/.config/tokenflow\nIt was not revoked, since work is not configured here. To end it there too, use the service's own pages.\n",
  );
  expect((await sandbox.run(["logout", "work"])).exit).toBe(0);
  expect((await sandbox.run(["logout", "work", "--all"])).exit).toBe(0);
  expect(await stored(sandbox)).toEqual([]);
  expect(server.seen).not.toContain("/revoke");
  expect((await sandbox.run(["logout", "work"])).exit).toBe(2);
});

test.each<[string, object, RegExp]>([
  ["names a service that does not exist", { service: "gone", clientId: "cli" }, /no service "gone"/],
  [
    "has an address that no secret may go to",
    { issuer: "http://a.test", clientId: "cli" },
    /not an https URL/,
  ],
  [
    "has an API that cannot be used",
    { endpoints: { token: "https://a.test/token" }, clientId: "cli", upstream: "https://a.test/?key=1" },
    /has a query/,
  ],
])("a session whose declaration %s is removed too", async (_, declaration, why) => {
  await using sandbox = await openSandbox();
  await using server = await startOddServer();
  expect((await sandbox.run(["login", "work", ...server.flags])).exit).toBe(0);
  await declare(sandbox, { work: declaration });
  const { exit, stderr } = await sandbox.run(["logout", "--all", "--revoke"]);
  expect(exit).toBe(0);
  expect(stderr).toMatch(why);
  expect(stderr).toContain("It was not revoked");
  expect(await stored(sandbox)).toEqual([]);
});

test("a session that cannot be read is removed too", async () => {
  await using sandbox = await openSandbox();
  await using server = await startOddServer();
  for (const text of ["{", '{"version":99}', '{"tokenflow_encrypted":1}', ""]) {
    expect((await sandbox.run(["login", "work", ...server.flags])).exit, text).toBe(0);
    await writeFile(join(sandbox.folder, "work.json"), text);
    await declare(sandbox, {});
    expect((await sandbox.run(["logout", "work"])).exit, text).toBe(0);
    expect(await stored(sandbox), text).toEqual([]);
  }
});
