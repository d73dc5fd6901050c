import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { hasServices, startRedis } from "@tokenflow/services";
import { expect, test } from "vitest";
import { expectGolden } from "../support/golden.ts";
import { openSandbox, type Sandbox } from "../support/sandbox.ts";

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly message: string;
  readonly fix?: string;
}

async function examine(
  sandbox: Sandbox,
  env: Record<string, string> = {},
): Promise<{ readonly exit: number | null; readonly wrong: readonly Finding[] }> {
  const { exit, stdout } = await sandbox.run(["doctor", "--json"], env);
  const findings = JSON.parse(stdout) as readonly Finding[];
  return { exit, wrong: findings.filter(({ level }) => level !== "green") };
}

test("without problems it exits 0, prints every line and redeems nothing", async () => {
  await using sandbox = await openSandbox();
  await sandbox.signIn();
  await sandbox.signIn(["hyper", "--account", "work"]);
  const { exchanges } = sandbox.simulator.counts;
  const { exit, stdout, stderr } = await sandbox.run(["doctor"]);
  expect([exit, stderr]).toEqual([0, ""]);
  await expectGolden("doctor", stdout);
  expect(stdout).not.toContain(sandbox.home);
  expect(sandbox.simulator.counts.exchanges).toBe(exchanges);
});

test("every setting that differs from its default is a line with its source, and no secret is shown", async () => {
  await using sandbox = await openSandbox();
  const { stdout } = await sandbox.run(["doctor"], {
    TOKENFLOW_HOME: join(sandbox.home, "elsewhere"),
    TOKENFLOW_COPILOT_CLIENT_ID: "Iv1.other",
    TOKENFLOW_COPILOT_DIRECT: "",
    TOKENFLOW_OAUTH_CLIENT_SECRET: "s3cret",
    TOKENFLOW_PROXY_PORT: "9",
  });
  const shown = stdout.match(/^ok +settings .*$/gm) ?? [];
  expect(shown.map((line) => line.replace(/^ok +settings +/, "").replaceAll(/:\d+/g, ":…"))).toEqual([
    "HYPER_URL is http://127.0.0.1:… (environment)",
    "TOKENFLOW_COPILOT_API_URL is http://127.0.0.1:… (environment)",
    "TOKENFLOW_COPILOT_CLIENT_ID is Iv1.other (environment)",
    "TOKENFLOW_GITHUB_API_URL is http://127.0.0.1:… (environment)",
    "TOKENFLOW_GITHUB_URL is http://127.0.0.1:… (environment)",
    "TOKENFLOW_HOME is ~/elsewhere (environment)",
    "TOKENFLOW_OAUTH_CLIENT_SECRET is set (environment)",
    "TOKENFLOW_PROXY_PORT is 9 (environment)",
  ]);
  expect(stdout).not.toContain("s3cret");
});

test("each problem is a line with its fix, and the most likely cause gives the exit code", async () => {
  await using sandbox = await openSandbox();
  const empty = await examine(sandbox);
  expect(empty).toMatchObject({
    exit: 0,
    wrong: [{ check: "sessions", message: "not signed in", fix: "Run: tokenflow login copilot" }],
  });
  await sandbox.signIn();

  // Node itself prints a warning about this on stderr.
  const lax = await sandbox.run(["doctor"], { NODE_TLS_REJECT_UNAUTHORIZED: "0" });
  expect(lax.exit).toBe(2);
  expect(lax.stdout).toMatch(/^FAIL {2}network {3}NODE_TLS_REJECT_UNAUTHORIZED=0 lets anyone /m);
  const network = await examine(sandbox, {
    HTTPS_PROXY: "socks5://user:s3cret@proxy:8080",
    NODE_EXTRA_CA_CERTS: join(sandbox.folder, "config.json"),
  });
  expect(network.exit).toBe(2);
  expect(network.wrong.map(({ message }) => message)).toEqual([
    "HTTPS_PROXY names a socks5 proxy, which is not supported",
    "NODE_EXTRA_CA_CERTS is ~/.config/tokenflow/config.json, which cannot be read",
  ]);

  sandbox.simulator.revokeGrants();
  expect((await sandbox.run(["refresh", "copilot"])).exit).toBe(3);
  const revoked = await examine(sandbox);
  expect(revoked).toMatchObject({
    exit: 3,
    wrong: [
      {
        check: "sessions",
        message: "copilot/default: the service no longer accepts this sign-in",
        fix: "Run: tokenflow login copilot",
      },
    ],
  });

  await chmod(join(sandbox.folder, "copilot.json"), 0o644);
  const open = await examine(sandbox);
  expect(open.exit).toBe(8);
  expect(open.wrong.map(({ check, level, fix }) => [check, level, fix])).toEqual([
    ["store", "red", "Run: chmod 600 ~/.config/tokenflow/copilot.json"],
    ["sessions", "red", "Run: chmod 600 ~/.config/tokenflow/copilot.json"],
  ]);
  await chmod(join(sandbox.folder, "copilot.json"), 0o600);

  await sandbox.simulator.close();
  const away = await examine(sandbox);
  expect(away.exit).toBe(7);
  const unreachable = away.wrong.filter(({ check }) => check === "services");
  expect(unreachable).toHaveLength(2);
  for (const { message, fix } of unreachable) {
    expect(message).toMatch(/^127\.0\.0\.1:\d+: no answer from 127\.0\.0\.1:\d+ \(ECONNREFUSED\)$/);
    expect(fix).toBe("Check the network, then try again.");
  }
});

test("broken or misspelt settings are reported, and the other checks still run", async () => {
  await using sandbox = await openSandbox();
  await mkdir(sandbox.folder, { recursive: true, mode: 0o700 });
  await writeFile(join(sandbox.folder, "config.json"), '{\n  "stroe": "keychain"\n}\n');
  const shown = await sandbox.run(["doctor"]);
  expect(shown.stdout).toContain(
    'note  settings  ~/.config/tokenflow/config.json:2:3: unknown setting "stroe"; did you mean store?\n',
  );
  await writeFile(join(sandbox.folder, "config.json"), "{");
  const broken = await sandbox.run(["doctor"]);
  expect(broken.exit).toBe(2);
  expect(broken.stdout).toMatch(/^ok {4}node /m);
  expect(broken.stdout).toMatch(
    /^FAIL {2}store {5}it cannot be opened: ~\/\.config\/tokenflow\/config\.json:1:2: not valid JSON$/m,
  );
});

test("a wrong clock is found by comparing it with the service's", async () => {
  await using sandbox = await openSandbox();
  const server = createServer((_, response) =>
    response.writeHead(204, { date: new Date(Date.now() - 3_600_000).toUTCString() }).end(),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { exit, wrong } = await examine(sandbox, { TOKENFLOW_GITHUB_URL: url });
  server.close();
  expect(exit).toBe(0);
  expect(wrong).toContainEqual({
    check: "services",
    level: "yellow",
    message: expect.stringMatching(/^this machine's clock is (?:59:5\d|1:00:0\d) ahead of 127\.0\.0\.1:\d+$/),
    fix: "Set the clock by the network: tokens seem to expire at the wrong time.",
  });
});

test("an unavailable Redis is red, and its password is not shown", async () => {
  await using sandbox = await openSandbox();
  const { exit, wrong } = await examine(sandbox, { TOKENFLOW_STORE: "redis://:hidden-word@127.0.0.1:1" });
  expect(exit).toBe(8);
  expect(wrong.filter(({ level }) => level === "red").map(({ check }) => check)).toEqual([
    "store",
    "sessions",
  ]);
  expect(JSON.stringify(wrong)).not.toContain("hidden-word");
});

const hasRedis = hasServices("redis-server");

test.skipIf(!hasRedis)("a Redis that responds is reported with what it could lose", async () => {
  await using sandbox = await openSandbox();
  await using redis = await startRedis({ password: "hidden-word" });
  const env = { TOKENFLOW_STORE: redis.url };
  await sandbox.signIn(["copilot"], undefined, env);
  const { exit, stdout } = await sandbox.run(["doctor"], env);
  expect(exit).toBe(0);
  expect(stdout).toContain(`ok    store     redis at redis://…@${redis.address}: one session\n`);
  expect(stdout).toMatch(/^ok {4}store {5}locks work$/m);
  // This Redis writes nothing to disk and has no replica, so its risks are reported with their fixes.
  expect(stdout).toMatch(/^note {2}store {5}No replica is online/m);
  expect(stdout).toMatch(/^note {2}store {5}If this Redis server is killed, it loses/m);
  expect(stdout).toContain("Set appendonly to yes and appendfsync to always.");
  expect(stdout).not.toContain("hidden-word");
});
