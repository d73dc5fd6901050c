import { readFile } from "node:fs/promises";
import { createCluster } from "@redis/client";
import { noRedis, type RedisServer, startCluster, startRedis, startTlsRedis } from "@tokenflow/services";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { expectIdleEnd } from "./support/expect-idle-end.ts";
import { openStore } from "./support/open-store.ts";
import { useStore } from "./support/use-store.ts";

const KEY = "copilot/default";

/** Those that the README names. */
const COMMANDS =
  "+@connection +get +getrange +strlen +set +del +eval +exists +rename +pexpire +scan +info +wait +select".split(
    " ",
  );

test.skipIf(noRedis)("TLS works with a private CA, and fails without it", async () => {
  await using server = await startTlsRedis();
  const { url } = server;
  await useStore(openStore({ url, tls: { ca: await readFile(server.ca, "utf8") } }));
  await expect(openStore({ url }).get(KEY)).rejects.toMatchObject({ code: "store.unavailable" });
});

test.skipIf(noRedis)("a user and a database index are used", async () => {
  await using server = await startRedis({
    args: ["--user", "flow", "on", ">word", "~tokenflow:*", ...COMMANDS],
  });
  const { port } = server;
  await useStore(openStore({ url: server.url, username: "flow", password: "word", database: 5 }));
  expect(await server.cli("-n", "5", "DBSIZE")).toBe("13");
  expect(await openStore({ url: `redis://flow:word@127.0.0.1:${port}/5` }).get("copilot/3")).toBe(
    "copilot/3",
  );
});

describe.skipIf(noRedis)("a cluster of three", () => {
  let nodes: readonly RedisServer[];
  beforeAll(async () => {
    const cluster = await startCluster();
    nodes = cluster.nodes;
    return () => cluster[Symbol.asyncDispose]();
  });
  const cluster = (): readonly string[] => nodes.map(({ url }) => url);

  test("keeps the keys of each session on one node, and an idle program ends", async () => {
    await useStore(openStore({ cluster: cluster() }));
    for (const node of nodes) expect(Number(await node.cli("DBSIZE"))).toBeGreaterThan(0);
    await expectIdleEnd({ cluster: cluster() }, "copilot/3", "copilot/3");
  });

  test("accepts the caller's own client, which stays open", async () => {
    const client = createCluster({ rootNodes: cluster().map((url) => ({ url })) });
    client.on("error", () => undefined);
    await client.connect();
    onTestFinished(() => client.destroy());
    const store = openStore({
      prefix: "given:",
      client: {
        send: (key, command) => client.sendCommand(key, false, [...command]),
        sendTogether: (key, commands) => {
          const multi = client.multi(key);
          for (const command of commands) multi.addCommand(key, false, [...command]);
          return multi.execAsPipeline();
        },
      },
    });
    await useStore(store);
    await store.disconnect?.();
    expect(await client.get("given:{copilot/3}")).toBe("copilot/3");
  });

  test("that lost a node keeps the other nodes' sessions, and uses the node again", async () => {
    const store = openStore({ cluster: cluster(), prefix: "lost:", timeout: 2_000 });
    await useStore(store);
    const [lost, ...others] = nodes;
    const keysOf = async (node: RedisServer | undefined): Promise<string[]> =>
      ((await node?.cli("--scan", "--pattern", "lost:*")) ?? "")
        .split("\n")
        // Without what was set aside, whose key ends otherwise.
        .filter((key) => key.endsWith("}"))
        .map((key) => key.slice("lost:{".length, -1));
    const [gone = "", [there = ""]] = [
      (await keysOf(lost))[0],
      (await Promise.all(others.map(keysOf))).flat(),
    ];
    await lost?.kill();
    await expect(store.get(gone)).rejects.toMatchObject({ code: "store.unavailable" });
    // The client may still ask the lost node where the others are, and so fail once more.
    await expect.poll(() => store.get(there).catch(() => "away"), { timeout: 10_000 }).toBe(there);
    await lost?.restart();
    await expect.poll(() => store.get(gone).catch(() => "away"), { timeout: 10_000 }).toBe(gone);
  });
});
