import { isTokenFlowError, TokenFlowError } from "@tokenflow/core";
import type { RedisClient, RedisNode } from "./redis-client.ts";
import { replyOf } from "./redis-error.ts";

export interface SentinelClientOptions {
  readonly openSentinel: (node: RedisNode) => RedisClient;
  readonly openPrimary: (node: RedisNode) => RedisClient;
}

/**
 * Creates a client of the server that the sentinels name as the primary when it connects. All sentinels are asked at
 * once, since one may hang. The first answer whose server confirms that it is the primary wins (redis.io, "Guidelines
 * for Redis clients with support for Redis Sentinel"). After a fail-over this client is discarded, and the next one asks
 * again.
 */
export function createSentinelClient(
  { name, nodes }: { readonly name: string; readonly nodes: readonly RedisNode[] },
  { openSentinel, openPrimary }: SentinelClientOptions,
): RedisClient {
  const opened = new Set<RedisClient>();
  const candidates = new Map<string, Promise<RedisClient>>();
  let primary: RedisClient | undefined;
  let settled = false;

  const connected = async (client: RedisClient): Promise<RedisClient> => {
    if (settled) throw new Error("Connection attempt cancelled");
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
      hint: "Use the primary's name from the sentinels' settings.",
    });
  };

  /** Checks the role: a former primary would answer with old values. */
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
    const address = `${node.host}:${node.port}`;
    const candidate = candidates.get(address) ?? tryPrimary(node);
    candidates.set(address, candidate);
    return candidate;
  };

  const end = (client: RedisClient): void => {
    opened.delete(client);
    try {
      client.destroy();
    } catch {
      // It had already ended.
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
      settled = true;
      for (const client of opened) if (client !== primary) end(client);
    },
    send: (key, command) => connectedPrimary().send(key, command),
    sendTogether: (key, commands) => connectedPrimary().sendTogether(key, commands),
    destroy() {
      settled = true;
      for (const client of opened) end(client);
    },
  };
}
