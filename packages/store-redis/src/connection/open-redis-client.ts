import type { RedisAddress, RedisClient } from "./redis-client.ts";
import { createSentinelClient } from "./sentinel-client.ts";

export interface OpenClientOptions {
  /** The longest time for connecting, in milliseconds. */
  readonly timeout: number;
  /** Called when a connection is lost. */
  readonly onLost: () => void;
}

/**
 * Loads the library and creates a client, which does not connect yet. A client that lost its connection does not
 * reconnect: commands in the queue of one that does would be sent long after their callers gave up. The connections do
 * not keep the process alive.
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
  const common = { maintNotifications: "disabled" as const, disableClientInfo: true, socket };
  const commandOptions = { timeout };
  const user = { ...common, ...ifDefined("username", username), ...ifDefined("password", password) };

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
      openSentinel: (node) => single({ ...common, socket: { ...socket, ...node } }, ignore),
      openPrimary: (node) =>
        single({ ...user, ...ifDefined("database", database), socket: { ...socket, ...node } }, onLost),
    });
  if (!cluster)
    return single({ ...user, ...ifDefined("database", database), ...ifDefined("url", url) }, onLost);

  const client = createCluster({
    rootNodes: cluster.map((node) => ({ url: node })),
    defaults: {
      ...user,
      ...credentialsOf(cluster[0]),
      socket: { ...socket, ...(isSecure(cluster[0]) ? { tls: true } : {}) },
    },
    commandOptions,
    // A node that is down affects only its own sessions.
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

function ifDefined<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [N in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [N in Name]: Value });
}

/** The library does not pass the credentials in the first nodes' addresses on to the nodes that it discovers. */
function credentialsOf(address = ""): { readonly username?: string; readonly password?: string } {
  const { username, password } = new URL(address);
  return {
    ...ifDefined("username", username === "" ? undefined : decodeURIComponent(username)),
    ...ifDefined("password", password === "" ? undefined : decodeURIComponent(password)),
  };
}

function isSecure(address = ""): boolean {
  return address.startsWith("rediss:");
}

function ignore(): void {}
