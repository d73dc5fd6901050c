import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LockingStore } from "@tokenflow/core";
import { describe, expect, onTestFinished, test } from "vitest";
import { freePort } from "./support/free-port.ts";
import { openStore } from "./support/open-store.ts";
import { noRedis, type RedisServer, startRedis } from "./support/redis-server.ts";

const KEY = "copilot/default";

/** Those that the README names. */
const COMMANDS = "+@connection +get +set +del +eval +pexpire +scan +info +wait +select".split(" ");

/** What every kind of Redis must be good for. */
const use = async (store: LockingStore): Promise<void> => {
  for (const key of Array.from({ length: 12 }, (_, index) => `copilot/${index}`)) {
    await using lock = await store.lock(key);
    expect(await store.replace(key, undefined, key)).toBe(true);
    expect(await store.replace(key, undefined, "again")).toBe(false);
    expect(await store.get(key)).toBe(key);
    expect(lock.held()).toBe(true);
  }
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  expect(keys).toHaveLength(12);
};

/** A folder with a CA that nobody else trusts, and a certificate of it for loopback. */
const makeCertificate = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), "tokenflow-redis-tls-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  openssl("req", "-x509", ...fresh, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=throw-away");
  const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key"];
  openssl("req", "-x509", ...fresh, ...signed, "-keyout", "key.pem", "-out", "cert.pem", ...name);
  return folder;
};

test.skipIf(noRedis)("TLS with a CA of one's own, and none without it", async () => {
  const folder = await makeCertificate();
  const path = (name: string): string => join(folder, name);
  const tlsPort = await freePort();
  await using _server = await startRedis({
    args: [
      ...["--tls-port", String(tlsPort), "--tls-auth-clients", "no"],
      ...[
        "--tls-cert-file",
        path("cert.pem"),
        "--tls-key-file",
        path("key.pem"),
        "--tls-ca-cert-file",
        path("ca.pem"),
      ],
    ],
  });
  const url = `rediss://127.0.0.1:${tlsPort}`;
  await use(openStore({ url, tls: { ca: await readFile(path("ca.pem"), "utf8") } }));
  await expect(openStore({ url }).get(KEY)).rejects.toMatchObject({ code: "store.unavailable" });
});

test.skipIf(noRedis)("a user of its own, and a database by its index", async () => {
  await using server = await startRedis({
    args: ["--user", "flow", "on", ">word", "~tokenflow:*", ...COMMANDS],
  });
  const { port } = server;
  await use(openStore({ url: server.url, username: "flow", password: "word", database: 5 }));
  expect(await server.cli("-n", "5", "DBSIZE")).toBe("12");
  expect(await openStore({ url: `redis://flow:word@127.0.0.1:${port}/5` }).get("copilot/3")).toBe(
    "copilot/3",
  );
});

test.skipIf(noRedis)(
  "a cluster of three keeps a session's keys on one node each",
  { timeout: 60_000 },
  async () => {
    const args = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"];
    const nodes: RedisServer[] = [];
    onTestFinished(async () => {
      for (const node of nodes) await node[Symbol.asyncDispose]();
    });
    for (const _ of "abc") {
      const busPort = await freePort();
      nodes.push(await startRedis({ args: [...args, "--cluster-port", String(busPort)] }));
    }
    const [first] = nodes;
    if (!first) throw new Error("no node");
    const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
    execFileSync("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"], { stdio: "ignore" });
    for (const node of nodes)
      await expect.poll(() => node.cli("CLUSTER", "INFO"), { timeout: 20_000 }).toContain("cluster_state:ok");
    await use(openStore({ cluster: nodes.map(({ url }) => url) }));
    for (const node of nodes) expect(Number(await node.cli("DBSIZE"))).toBeGreaterThan(0);
  },
);

describe.runIf(process.env["TOKENFLOW_LONG"] === "1")("with TOKENFLOW_LONG=1", () => {
  test.skipIf(noRedis)(
    "sentinels lead to the next primary, which has what was confirmed",
    { timeout: 60_000 },
    async () => {
      const primary = await startRedis();
      const replica = await startRedis({ args: ["--replicaof", "127.0.0.1", String(primary.port)] });
      const sentinels: RedisServer[] = [];
      onTestFinished(async () => {
        for (const server of [...sentinels, replica, primary]) await server[Symbol.asyncDispose]();
      });
      await expect
        .poll(() => primary.cli("INFO", "replication"), { timeout: 10_000 })
        .toContain("state=online");
      for (const _ of "abc") {
        const sentinel = await startRedis({ sentinelOf: primary.port });
        sentinels.push(sentinel);
      }
      for (const sentinel of sentinels)
        await expect
          .poll(() => sentinel.cli("SENTINEL", "MASTER", "flow"), { timeout: 15_000 })
          .toMatch(/num-slaves\n1\nnum-other-sentinels\n2/);
      const nodes = sentinels.map(({ port }) => ({ host: "127.0.0.1", port }));
      const store = openStore({ sentinel: { name: "flow", nodes }, timeout: 2_000 });
      await use(store);
      await primary.kill();
      const seen = (): Promise<unknown> => store.get("copilot/3").catch(() => "away");
      await expect.poll(seen, { timeout: 30_000 }).toBe("copilot/3");
      await expect
        .poll(() => store.replace("copilot/3", "copilot/3", "next").catch(() => "away"), { timeout: 30_000 })
        .toBe(true);
    },
  );
});
