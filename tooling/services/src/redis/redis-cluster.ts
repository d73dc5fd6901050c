import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { freePort } from "../processes/free-port.ts";
import { until } from "../processes/until.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";

export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[];
}

const SETTINGS =
  "--cluster-enabled yes --cluster-require-full-coverage no --cluster-node-timeout 2000 --appendonly yes --appendfsync always";

/** Starts three nodes without replicas. They store on disk what they confirm. */
export async function startCluster(): Promise<RedisCluster> {
  await using started = new AsyncDisposableStack();
  const nodes: RedisServer[] = [];
  for (const _ of "abc") {
    const busPort = String(await freePort());
    nodes.push(started.use(await startRedis({ args: [...SETTINGS.split(" "), "--cluster-port", busPort] })));
  }
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await promisify(execFile)("redis-cli", ["--cluster", "create", ...addresses, "--cluster-yes"]);
  for (const node of nodes)
    await until(async () => (await node.cli("CLUSTER", "INFO")).includes("cluster_state:ok"));
  const all = started.move();
  return { nodes, [Symbol.asyncDispose]: () => all.disposeAsync() };
}
