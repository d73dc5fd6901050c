import { createClient } from "@redis/client";
import { noRedis, type RedisServer, startRedis } from "@tokenflow/services";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { expectIdleEnd } from "./support/expect-idle-end.ts";
import { openStore } from "./support/open-store.ts";
import { useStore } from "./support/use-store.ts";

const KEY = "copilot/default";

describe.skipIf(noRedis)("over one server", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
    return () => server[Symbol.asyncDispose]();
  });

  /** By their ids, that of `redis-cli` itself left out. */
  const connections = async (): Promise<readonly string[]> =>
    (await server.cli("CLIENT", "LIST", "TYPE", "normal"))
      .split("\n")
      .filter((line) => !line.includes("cmd=client"))
      .map((line) => line.split(" ")[0] ?? "");

  const openGiven = async (prefix: string) => {
    const client = createClient({ url: server.url });
    client.on("error", () => undefined);
    await client.connect();
    onTestFinished(() => (client.isOpen ? client.destroy() : undefined));
    const store = openStore({
      prefix,
      timeout: 300,
      client: {
        send: (_key, command) => client.sendCommand([...command]),
        sendTogether: (_key, commands) => {
          const multi = client.multi();
          for (const command of commands) multi.addCommand([...command]);
          return multi.execAsPipeline();
        },
      },
    });
    return { client, store };
  };

  test("the caller's own client is used, and stays open", async () => {
    const { client, store } = await openGiven("given:");
    const before = await connections();
    await useStore(store);
    expect(await connections()).toEqual(before);
    await store.disconnect?.();
    expect(await client.get("given:{copilot/3}")).toBe("copilot/3");
    expect(await store.get("copilot/3")).toBe("copilot/3");
  });

  test("the caller's own client without an answer is store.unavailable in time, and is used again", async () => {
    const { store } = await openGiven("slow:");
    await store.set(KEY, "value");
    const paused = server.cli("CLIENT", "PAUSE", "700", "ALL");
    await expect
      .poll(() => store.get(KEY).catch((error: unknown) => error), { interval: 5 })
      .toMatchObject({ code: "store.unavailable" });
    await paused;
    await expect.poll(() => store.get(KEY).catch(() => "away"), { timeout: 5_000 }).toBe("value");
  });

  test("a refused command does not end the connection", async () => {
    const { client, store } = await openGiven("refused:");
    await store.set(KEY, "value");
    await client.sendCommand(["DEL", "refused:{copilot/list}"]);
    await client.sendCommand(["RPUSH", "refused:{copilot/list}", "not ours"]);
    const error = await store.get("copilot/list").catch((error: unknown) => error);
    expect(error).toMatchObject({ code: "store.corrupt" });
    expect(
      await store.replace("copilot/list", "text", "next").catch((error: unknown) => error),
    ).toMatchObject({
      code: "store.unavailable",
      reason: "WRONGTYPE",
    });
    const own = openStore({ url: server.url, prefix: "refused:" });
    expect(await own.get(KEY)).toBe("value");
    const before = await connections();
    await own.get("copilot/list").catch(() => undefined);
    expect(await own.get(KEY)).toBe("value");
    expect(await connections()).toEqual(before);
  });

  test("disconnect ends the store's connection, and a later call opens another", async () => {
    const before = await connections();
    const store = openStore({ url: server.url });
    await store.set(KEY, "value");
    expect(await connections()).toHaveLength(before.length + 1);
    await store.disconnect?.();
    await expect.poll(connections).toEqual(before);
    expect(await store.get(KEY)).toBe("value");
    expect(await connections()).toHaveLength(before.length + 1);
  });

  test("an idle program ends, whatever is still open", async () => {
    await openStore({ url: server.url }).set("copilot/idle", "idle");
    await expectIdleEnd({ url: server.url }, "copilot/idle", "idle");
  });
});
