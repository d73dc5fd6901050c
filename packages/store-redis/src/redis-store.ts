import { type Clock, TokenFlowError } from "@tokenflow/core";
import { createLockingStore, type LockingStore, systemClock } from "@tokenflow/core/store";
import { openRedisClient } from "./connection/open-redis-client.ts";
import type { RedisAddress, RedisClient } from "./connection/redis-client.ts";
import { createRedisConnection } from "./connection/redis-connection.ts";
import { replyOf } from "./connection/redis-error.ts";
import { createKeyNames } from "./key-name.ts";
import { inspectRedis, type RedisDurability } from "./redis-durability.ts";
import { createRedisLock, owner } from "./redis-lock.ts";
import { MOVE } from "./redis-script.ts";
import { createRedisSums, type RedisSums } from "./redis-sums.ts";
import { createReplicatedValues } from "./replicated-values.ts";

export interface RedisStoreOptions extends RedisAddress {
  /**
   * Your own connected client, instead of an address. The store neither connects nor destroys it.
   * @default one of the store's own
   * @example { send, sendTogether }
   */
  readonly client?: Pick<RedisClient, "send" | "sendTogether"> | undefined;
  /** The beginning of every key. @default "tokenflow:" @example "my-app:" */
  readonly prefix?: string | undefined;
  /** The longest time for a call, connecting included, in milliseconds. @default 5_000 @example 1_000 */
  readonly timeout?: number | undefined;
  /** Tells the time. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
}

export interface RedisStore extends LockingStore, RedisSums {
  /** Closes the connection; a later call opens it again. Leaves a client of your own open. */
  disconnect(): Promise<void>;
  /**
   * Asks the server which sessions it could lose, also in a fail-over; in a cluster, the node of `key`. A setting that
   * the user may not read is `undefined` and is named in a risk.
   * @throws `store.unavailable` if the server cannot be reached
   */
  inspectDurability(key?: string): Promise<RedisDurability>;
}

const DEFAULT_URL = "redis://127.0.0.1:6379";
const DEFAULT_TIMEOUT = 5_000;
/** The keys per SCAN step. */
const SCAN_COUNT = "500";
/** Replies of a server that refuses a command to this user, or does not know it. */
const REFUSALS: ReadonlySet<string> = new Set(["NOPERM", "ERR"]);

/**
 * Stores sessions in Redis, for many processes that share them. Connects at the first call; call `disconnect()` at the
 * end.
 * @throws `store.unavailable` for an invalid URL
 * @example
 * const store = createRedisStore({ url: "redis://127.0.0.1:6379" });
 * const manager = createTokenManager({ provider, store });
 * await manager.close();
 * await store.disconnect();
 */
export function createRedisStore(options: RedisStoreOptions = {}): RedisStore {
  const {
    client: ownClient,
    prefix = "tokenflow:",
    timeout = DEFAULT_TIMEOUT,
    clock = systemClock,
  } = options;
  const redis = { ...options, url: options.url ?? DEFAULT_URL };
  const address = ownClient ? "the given client" : addressOf(redis);
  const keys = createKeyNames(prefix);
  const values = createReplicatedValues(address);
  const connection = createRedisConnection(
    (onLost) =>
      ownClient ? Promise.resolve(unmanaged(ownClient)) : openRedisClient(redis, { timeout, onLost }),
    { clock, timeout, address },
  );
  const lock = createRedisLock(connection, clock);

  const store = createLockingStore(
    {
      owner,
      get: (name) => connection.ask((client) => values.get(client, keys.session(name))),
      set: async (name, value) => {
        const key = keys.session(name);
        values.clearUnconfirmed(key);
        await connection.ask((client) => client.send(key, ["SET", key, value]));
      },
      delete: async (name) => {
        const key = keys.session(name);
        values.clearUnconfirmed(key);
        return (await connection.ask((client) => client.send(key, ["DEL", key]))) === 1;
      },
      replace: async (name, previous, next) => {
        const key = keys.session(name);
        try {
          return await connection.ask((client) => values.replace(client, key, previous, next));
        } catch (error) {
          values.markUnconfirmed(key, previous, next);
          throw error;
        }
      },
      quarantine: async (name) => {
        const [key, aside] = [keys.session(name), keys.corrupt(name)];
        values.clearUnconfirmed(key);
        await connection.ask((client) => client.send(key, ["EVAL", MOVE, "2", key, aside]));
      },
      lock: (name, lockOptions) => lock(keys.lock(name), name, lockOptions),
      async *names() {
        // SCAN may return a key twice (redis.io, "SCAN guarantees"). The client runs it on all nodes of a cluster.
        const seen = new Set<string>();
        let cursor = "0";
        do {
          const reply = await connection.ask((client) =>
            client.send(undefined, ["SCAN", cursor, "MATCH", keys.pattern, "COUNT", SCAN_COUNT]),
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
    ...createRedisSums(connection, keys.sums),
    inspectDurability: (key = ""): Promise<RedisDurability> => {
      const name = keys.session(store.namespace === undefined ? key : `${store.namespace}::${key}`);
      return inspectRedis((command) =>
        connection.ask((client) =>
          client.send(name, command).catch((error: unknown) => {
            if (!REFUSALS.has(replyOf(error) ?? "")) throw error;
          }),
        ),
      );
    },
  });
}

/** Returns the server's address without user name and password. */
function addressOf({ url, cluster, sentinel }: RedisAddress): string {
  if (sentinel) return `the primary of ${sentinel.name}`;
  return (cluster ?? [url ?? ""])
    .map((text) => {
      const parsed = URL.parse(text);
      if (parsed?.protocol === "redis:" || parsed?.protocol === "rediss:") return parsed.host;
      throw new TokenFlowError("store.unavailable", "Invalid Redis URL", {
        hint: "Write it as redis://user:password@host:6379/0, or rediss:// for TLS.",
      });
    })
    .join(", ");
}

/** Wraps the caller's own client, which is neither connected nor destroyed here. */
function unmanaged(client: Pick<RedisClient, "send" | "sendTogether">): RedisClient {
  return {
    connect: async () => undefined,
    send: (key, command) => client.send(key, command),
    sendTogether: (key, commands) => client.sendTogether(key, commands),
    destroy: () => undefined,
  };
}
