import { randomBytes } from "node:crypto";
import { freePort } from "../processes/free-port.ts";
import { until } from "../processes/until.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";

export interface Sentinels extends AsyncDisposable {
  /** Their name for the primary. */
  readonly name: string;
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  readonly servers: readonly RedisServer[];
}

const NAME = "flow";

/** Starts three sentinels that know the replica and each other. They call a primary dead after half a second. */
export async function startSentinels(primary: RedisServer, replica: RedisServer): Promise<Sentinels> {
  await using started = new AsyncDisposableStack();
  const servers: RedisServer[] = [];
  const trio = await Promise.all(
    [1, 2, 3].map(async () => ({ id: randomBytes(20).toString("hex"), port: await freePort() })),
  );
  for (const { id, port } of trio) {
    const others = trio.filter((other) => other.id !== id);
    const settings = [
      `sentinel myid ${id}`,
      `sentinel monitor ${NAME} 127.0.0.1 ${primary.port} 2`,
      `sentinel down-after-milliseconds ${NAME} 500`,
      `sentinel failover-timeout ${NAME} 1000`,
      // They would find these by themselves, but that takes seconds.
      `sentinel known-replica ${NAME} 127.0.0.1 ${replica.port}`,
      ...others.map((other) => `sentinel known-sentinel ${NAME} 127.0.0.1 ${other.port} ${other.id}`),
    ];
    servers.push(started.use(await startRedis({ port, sentinel: `${settings.join("\n")}\n` })));
  }
  for (const server of servers) {
    await until(async () =>
      /status=ok,address=.*,slaves=1,sentinels=3/.test(await server.cli("INFO", "sentinel")),
    );
  }
  const all = started.move();
  return {
    name: NAME,
    nodes: servers.map(({ port }) => ({ host: "127.0.0.1", port })),
    servers,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
