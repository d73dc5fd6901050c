import { type Clock, TokenFlowError } from "@tokenflow/core";
import { createLockingStore, type LockingStore, systemClock } from "@tokenflow/core/store";
import { createKeyNames } from "./key-name.ts";
import { openRedisClient, type RedisAddress, type RedisClient } from "./redis-client.ts";
import { createRedisConnection } from "./redis-connection.ts";
import { inspectRedis, type RedisDurability } from "./redis-durability.ts";
import { replyOf } from "./redis-error.ts";
import { createRedisLock, owner } from "./redis-lock.ts";
import { createReplicatedValues } from "./replicated-values.ts";

export interface RedisStoreOptions extends RedisAddress {
  /** A client of your own, instead of an address: made once, connected at the first call, destroyed by nobody but you. */
  readonly client?: Pick<RedisClient, "send" | "sendTogether"> | undefined;
  /** What every key begins with. @default "tokenflow:" */
  readonly prefix?: string | undefined;
  /** For every call, in milliseconds, connecting included. @default 5_000 */
  readonly timeout?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface RedisStore extends LockingStore {
  /**
   * Asks the server what it could lose, a fail-over included; in a cluster, the node that keeps `key`. What the
   * server's user may not ask is `undefined`, and named in a risk.
   * @throws `store.unavailable` where the server cannot be reached
   */
  inspectDurability(key?: string): Promise<RedisDurability>;
}

const DEFAULT_URL = "redis://127.0.0.1:6379";
const DEFAULT_TIMEOUT = 5_000;
/** A session is a few kilobytes, and a SCAN step of this many is no burden. */
const SCAN_COUNT = "500";
/** How a server says that it does not answer such a question: to this user, or to nobody. */
const REFUSALS: ReadonlySet<string> = new Set(["NOPERM", "ERR"]);

/**
 * Sessions in Redis, for a fleet that shares them. Connects at the first call; end with `disconnect()`.
 * @throws `store.unavailable` where an address is not one
 */
export function createRedisStore(options: RedisStoreOptions = {}): RedisStore {
  const { client, prefix = "tokenflow:", timeout = DEFAULT_TIMEOUT, clock = systemClock } = options;
  const address = { ...options, url: options.url ?? DEFAULT_URL };
  const place = client ? "the given client" : addressOf(address);
  const keys = createKeyNames(prefix);
  const values = createReplicatedValues(place);
  const connection = createRedisConnection(
    (onLost) => (client ? Promise.resolve(unmanaged(client)) : openRedisClient(address, { timeout, onLost })),
    { clock, timeout, address: place },
  );
  const lock = createRedisLock(connection, clock);

  const store = createLockingStore(
    {
      owner,
      get: (name) => connection.ask((asked) => values.get(asked, keys.session(name))),
      set: async (name, value) => {
        const key = keys.session(name);
        values.clearUnconfirmed(key);
        await connection.ask((asked) => asked.send(key, ["SET", key, value]));
      },
      delete: async (name) => {
        const key = keys.session(name);
        values.clearUnconfirmed(key);
        return (await connection.ask((asked) => asked.send(key, ["DEL", key]))) === 1;
      },
      replace: async (name, previous, next) => {
        const key = keys.session(name);
        try {
          return await connection.ask((asked) => values.replace(asked, key, previous, next));
        } catch (error) {
          values.markUnconfirmed(key, previous, next);
          throw error;
        }
      },
      lock: (name, lockOptions) => lock(keys.lock(name), name, lockOptions),
      async *names() {
        // SCAN may answer a key twice (redis.io, "SCAN guarantees"). The client leads it over all nodes of a cluster.
        const seen = new Set<string>();
        let cursor = "0";
        do {
          const reply = await connection.ask((asked) =>
            asked.send(undefined, ["SCAN", cursor, "MATCH", keys.pattern, "COUNT", SCAN_COUNT]),
          );
          const [next, found] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
          cursor = typeof next === "string" ? next : "0";
          for (const key of Array.isArray(found) ? found.map(String) : []) {
            if (seen.has(key)) continue;
            seen.add(key);
            yield keys.nameOf(key);
          }
        } while (cursor !== "0");
      },
      disconnect: async () => connection.close(),
    },
    { now: () => clock.now() },
  );

  return Object.assign(store, {
    inspectDurability: (key = ""): Promise<RedisDurability> => {
      const name = keys.session(store.namespace === undefined ? key : `${store.namespace}::${key}`);
      return inspectRedis((command) =>
        connection.ask((asked) =>
          asked.send(name, command).catch((error: unknown) => {
            if (!REFUSALS.has(replyOf(error) ?? "")) throw error;
          }),
        ),
      );
    },
  });
}

/** Where the server is, without user name and password. */
function addressOf({ url, cluster, sentinel }: RedisAddress): string {
  if (sentinel) return `the primary of ${sentinel.name}`;
  return (cluster ?? [url ?? ""])
    .map((text) => {
      const parsed = URL.parse(text);
      if (parsed?.protocol === "redis:" || parsed?.protocol === "rediss:") return parsed.host;
      throw new TokenFlowError("store.unavailable", "The address of Redis is not one", {
        hint: "Write it as redis://user:password@host:6379/0, or rediss:// for TLS.",
      });
    })
    .join(", ");
}

/** A given client is neither connected nor ended here. */
function unmanaged(client: Pick<RedisClient, "send" | "sendTogether">): RedisClient {
  return {
    connect: async () => undefined,
    send: (key, command) => client.send(key, command),
    sendTogether: (key, commands) => client.sendTogether(key, commands),
    destroy: () => undefined,
  };
}
