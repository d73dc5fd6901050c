import type { ConnectionOptions as TlsOptions } from "node:tls";
import { createSentinelClient, type RedisNode } from "./sentinel-client.ts";

/** One command as it goes over the wire, its name first. */
export type Command = readonly [name: string, ...args: string[]];

/** What the store asks of a client. */
export interface RedisClient {
  connect(): Promise<unknown>;
  /** Asks the server that keeps `key`; any one for a command without a key. */
  send(key: string | undefined, command: Command): Promise<unknown>;
  /** Sends all at once, over one connection to the server that keeps `key`. */
  sendTogether(key: string, commands: readonly Command[]): Promise<readonly unknown[]>;
  /** At once, whatever is under way. */
  destroy(): void;
}

/** How to get to Redis, where no client is given. */
export interface RedisAddress {
  /** `redis://user:password@host:6379/0`, `rediss://` for TLS. @default "redis://127.0.0.1:6379" */
  readonly url?: string | undefined;
  /** Addresses of some nodes of a Redis Cluster, instead of `url`. */
  readonly cluster?: readonly string[] | undefined;
  /** The primary's name and addresses of some sentinels, instead of `url`. */
  readonly sentinel?: { readonly name: string; readonly nodes: readonly RedisNode[] } | undefined;
  /** What stands in an address goes before. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** The database's index; a cluster has one only. */
  readonly database?: number | undefined;
  /** Connects by TLS, as the options of `node:tls` say; with `rediss://` addresses only the unusual ones are needed. */
  readonly tls?: TlsOptions | undefined;
}

export interface OpenClientOptions {
  /** For a connection to be made, in milliseconds. */
  readonly timeout: number;
  /** Called when the connection is gone, or one of several. */
  readonly onLost: () => void;
}

/**
 * Loads the library and makes a client, which does not connect yet. One that lost a connection connects to nothing
 * again: what waits in the queue of one that does would be sent long after it was given up. Its connections keep no
 * process alive.
 */
export async function openRedisClient(
  { url, cluster, sentinel, tls, username, password, database }: RedisAddress,
  { timeout, onLost }: OpenClientOptions,
): Promise<RedisClient> {
  const { createClient, createCluster } = await import("@redis/client");
  const socket = {
    connectTimeout: timeout,
    reconnectStrategy: false as const,
    ...(tls ? { ...tls, tls: true as const } : {}),
  };
  const anybody = { maintNotifications: "disabled" as const, disableClientInfo: true, socket };
  const commandOptions = { timeout };
  const user = { ...anybody, ...given("username", username), ...given("password", password) };

  const single = (options: Parameters<typeof createClient>[0], ended: () => void): RedisClient => {
    const client = createClient({ ...options, commandOptions });
    client.on("error", ended);
    client.on("end", ended);
    client.unref();
    return {
      connect: () => client.connect(),
      send: (_key, command) => client.sendCommand([...command]),
      sendTogether: (_key, commands) => {
        const multi = client.multi();
        for (const command of commands) multi.addCommand([...command]);
        return multi.execAsPipeline();
      },
      destroy: () => client.destroy(),
    };
  };

  if (sentinel)
    return createSentinelClient(sentinel, {
      openSentinel: (node) => single({ ...anybody, socket: { ...socket, ...node } }, ignore),
      openPrimary: (node) =>
        single({ ...user, ...given("database", database), socket: { ...socket, ...node } }, onLost),
    });
  if (!cluster) return single({ ...user, ...given("database", database), ...given("url", url) }, onLost);

  const client = createCluster({
    rootNodes: cluster.map((node) => ({ url: node })),
    defaults: {
      ...user,
      ...credentialsOf(cluster[0]),
      socket: { ...socket, ...(isSecure(cluster[0]) ? { tls: true } : {}) },
    },
    commandOptions,
    // A node that is down costs its own sessions, and not those of the others.
    minimizeConnections: true,
  });
  client.on("error", ignore);
  client.on("node-error", onLost);
  client.on("node-disconnect", onLost);
  client.on("node-ready", () => {
    for (const { client: node } of client.masters) node?.unref();
  });
  return {
    connect: () => client.connect(),
    send: (key, command) => client.sendCommand(key, false, [...command]),
    sendTogether: (key, commands) => {
      const multi = client.multi(key);
      for (const command of commands) multi.addCommand(key, false, [...command]);
      return multi.execAsPipeline();
    },
    destroy: () => client.destroy(),
  };
}

function given<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [N in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]: Value });
}

/** The library takes nothing from the addresses of a cluster's first nodes to those that it finds. */
function credentialsOf(address = ""): { readonly username?: string; readonly password?: string } {
  const { username, password } = new URL(address);
  return {
    ...given("username", username === "" ? undefined : decodeURIComponent(username)),
    ...given("password", password === "" ? undefined : decodeURIComponent(password)),
  };
}

function isSecure(address = ""): boolean {
  return address.startsWith("rediss:");
}

function ignore(): void {}
