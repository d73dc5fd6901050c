import type { ConnectionOptions as TlsOptions } from "node:tls";

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
  readonly sentinel?:
    | { readonly name: string; readonly nodes: readonly { readonly host: string; readonly port: number }[] }
    | undefined;
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
  /** Called when the connection is gone. */
  readonly onLost: () => void;
}

/** Loads the library and makes a client, which does not connect yet. */
export async function openRedisClient(
  address: RedisAddress,
  { timeout, onLost }: OpenClientOptions,
): Promise<RedisClient> {
  const { createClient, createCluster, createSentinel } = await import("@redis/client");
  const { url, cluster, sentinel, tls } = address;
  const common = {
    ...given("username", address.username),
    ...given("password", address.password),
    commandOptions: { timeout },
    maintNotifications: "disabled" as const,
    disableClientInfo: true,
  };
  const socket = { connectTimeout: timeout, ...(tls ? { ...tls, tls: true as const } : {}) };

  if (cluster) {
    const { commandOptions, ...defaults } = common;
    const client = createCluster({
      rootNodes: cluster.map((node) => ({ url: node })),
      defaults: {
        ...defaults,
        ...credentialsOf(cluster[0]),
        socket: { ...socket, ...(isSecure(cluster[0]) ? { tls: true } : {}) },
      },
      commandOptions,
    });
    client.on("error", ignore);
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

  if (sentinel) {
    const { commandOptions, username: _username, password: _password, ...rest } = common;
    const client = createSentinel({
      name: sentinel.name,
      sentinelRootNodes: [...sentinel.nodes],
      nodeClientOptions: {
        ...rest,
        ...given("username", address.username),
        ...given("password", address.password),
        ...given("database", address.database),
        socket,
      },
      sentinelClientOptions: { ...rest, socket },
      commandOptions,
    });
    client.on("error", ignore);
    return {
      connect: () => client.connect(),
      send: (_key, command) => client.sendCommand(false, [...command]),
      sendTogether: (_key, commands) => {
        const multi = client.multi();
        for (const command of commands) multi.addCommand(false, [...command]);
        return multi.execAsPipeline();
      },
      destroy: () => void client.destroy().catch(ignore),
    };
  }

  // A client that lost its connection is thrown away: what waits in its queue would be sent long after it was given up.
  const client = createClient({
    ...common,
    ...given("database", address.database),
    ...given("url", url),
    socket: { ...socket, reconnectStrategy: false },
  });
  client.on("error", onLost);
  client.on("end", onLost);
  // A connection that nobody asks anything keeps no process alive.
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
