import { isTokenFlowError, TokenFlowError } from "@tokenflow/core";
import type { RedisClient } from "./redis-client.ts";
import { replyOf } from "./redis-error.ts";

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

export interface SentinelClientOptions {
  readonly openSentinel: (node: RedisNode) => RedisClient;
  readonly openPrimary: (node: RedisNode) => RedisClient;
}

/**
 * A client of the server that the sentinels call the primary when it connects. All are asked at once, since one of
 * them may hang; the first to name a server that says the same of itself is believed (redis.io, "Guidelines for
 * Redis clients with support for Redis Sentinel"). After a fail-over it is thrown away, and the next one asks again.
 */
export function createSentinelClient(
  { name, nodes }: { readonly name: string; readonly nodes: readonly RedisNode[] },
  { openSentinel, openPrimary }: SentinelClientOptions,
): RedisClient {
  const opened = new Set<RedisClient>();
  const candidates = new Map<string, Promise<RedisClient>>();
  let primary: RedisClient | undefined;
  let over = false;

  const connected = async (client: RedisClient): Promise<RedisClient> => {
    if (over) throw new Error("Nobody waits for it any more");
    opened.add(client);
    await client.connect();
    return client;
  };

  const askFor = async (node: RedisNode): Promise<RedisNode> => {
    const sentinel = await connected(openSentinel(node));
    const reply = await sentinel.send(undefined, ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", name]);
    const [host, port] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
    if (typeof host === "string" && typeof port === "string") return { host, port: Number(port) };
    throw new TokenFlowError("store.unavailable", `The sentinels know no primary called ${name}`, {
      hint: "Correct the primary's name, as it stands in the sentinels' settings.",
    });
  };

  /** One that was the primary and is none any more would answer with what it knew then. */
  const tryPrimary = async (node: RedisNode): Promise<RedisClient> => {
    const client = await connected(openPrimary(node));
    const info = await client.send(undefined, ["INFO", "replication"]).catch((error: unknown) => {
      if (replyOf(error) !== "NOPERM") throw error;
    });
    if (typeof info === "string" && !info.includes("role:master")) throw new Error("READONLY No primary");
    return client;
  };

  const find = async (sentinel: RedisNode): Promise<RedisClient> => {
    const node = await askFor(sentinel);
    const place = `${node.host}:${node.port}`;
    const candidate = candidates.get(place) ?? tryPrimary(node);
    candidates.set(place, candidate);
    return candidate;
  };

  const end = (client: RedisClient): void => {
    opened.delete(client);
    try {
      client.destroy();
    } catch {
      // It had ended by itself.
    }
  };

  const connectedPrimary = (): RedisClient => {
    if (!primary) throw new Error("Not connected");
    return primary;
  };

  return {
    async connect() {
      try {
        primary = await Promise.any(nodes.map(find));
      } catch (error) {
        throw (error as AggregateError).errors.find((reason) => isTokenFlowError(reason)) ?? error;
      }
      over = true;
      for (const client of opened) if (client !== primary) end(client);
    },
    send: (key, command) => connectedPrimary().send(key, command),
    sendTogether: (key, commands) => connectedPrimary().sendTogether(key, commands),
    destroy() {
      over = true;
      for (const client of opened) end(client);
    },
  };
}
