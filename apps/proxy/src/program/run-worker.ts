import { Socket } from "node:net";
import { type Environment, escapeControls, requireProvider } from "@tokenflow/common";
import { createOutboundDispatcher } from "@tokenflow/common/network";
import type { TokenManager } from "@tokenflow/core";
import { outboundProxies } from "@tokenflow/core/environment";
import { systemClock } from "@tokenflow/core/provider";
import { setGlobalDispatcher } from "undici";
import { RequestError } from "../answers/request-error.ts";
import { assembleProxy, type Proxy } from "../server/proxy.ts";
import { DEFAULT_BODY_BUDGET } from "../server/shared-parts.ts";
import { type Channel, createChannel } from "../workers/channel.ts";
import type { WorkerSettings } from "../workers/create-worker-proxy.ts";
import {
  CONNECTION,
  createHandedConnections,
  type HandedConnections,
} from "../workers/handed-connections.ts";
import { createRemoteBodyBudget, type RemoteBodyBudget } from "../workers/remote-body-budget.ts";
import { createRemoteManager } from "../workers/remote-manager.ts";
import { createRemoteMonitor } from "../workers/remote-monitor.ts";
import {
  createRemoteParts,
  createRemoteUsage,
  type RemoteParts,
  type WirePause,
} from "../workers/remote-parts.ts";
import { createRequestReporter } from "../workers/request-events.ts";
import { createTunnels } from "../workers/tunnels.ts";
import { fromWire, toWire, type WireError } from "../workers/wire-error.ts";
import { createLogWriter } from "./log-writer.ts";
import { type OpenedTelemetry, openTelemetry } from "./open-telemetry.ts";

/** Serves requests for the primary, until it says that this worker should end, or is gone. */
export async function runWorker(env: Environment): Promise<void> {
  // A terminal and a supervisor send them to every process. The primary alone decides.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
  process.stderr.on("error", () => undefined);
  process.once("disconnect", () => process.exit(1));
  let proxy: Proxy | undefined;
  let parts: RemoteParts | undefined;
  let connections: HandedConnections | undefined;
  let budget: RemoteBodyBudget | undefined;
  let telemetry: OpenedTelemetry | undefined;

  const leave = async (): Promise<void> => {
    await proxy?.close();
    await telemetry?.[Symbol.asyncDispose]();
    await channel.drained();
    process.exit(0);
  };
  const tunnels = createTunnels(() => channel);
  const channel = createChannel(
    { send: (message, onSent) => void process.send?.(message, undefined, undefined, onSent) },
    {
      posts: {
        ...tunnels.handlers.posts,
        close: () => void leave(),
        pause: (pause: WirePause) => parts?.onPause(pause),
        refuse_body([body, error]: readonly [number, WireError]) {
          const refusal = fromWire(error);
          if (refusal instanceof RequestError) budget?.refuse(body, refusal);
        },
      },
      asks: tunnels.handlers.asks,
    },
    // Without the primary no limit holds.
    () => process.exit(1),
  );
  process.on("message", (message, handle) => {
    if (message !== CONNECTION) return channel.receive(message);
    // It is missing if the caller has left.
    if (handle instanceof Socket) connections?.take(handle);
    channel.post("taken", undefined);
    channel.flush();
  });

  try {
    const settings = await channel.ask<WorkerSettings>("settings", undefined);
    const { keys = [], limits = {}, bodyBudget = DEFAULT_BODY_BUDGET } = settings.proxy;
    const outboundProxy = outboundProxies(env);
    if (outboundProxy) setGlobalDispatcher(createOutboundDispatcher(outboundProxy).dispatcher);
    const managers = await openManagers(settings, env, channel);
    // The primary has said if it cannot be loaded.
    telemetry = await openTelemetry(env, () => undefined);
    budget = createRemoteBodyBudget(bodyBudget, channel);
    const address = createHandedConnections(settings.url);
    connections = address;
    parts = createRemoteParts({ channel, managers, keys, limits, budget, address, clock: systemClock });
    const reporter = createRequestReporter(managers, (event) => channel.post("request", event));
    proxy = assembleProxy(
      {
        ...settings.proxy,
        sessions: managers.map((manager) => ({ manager })),
        monitor: settings.hasMonitor ? createRemoteMonitor(reporter, tunnels.open) : undefined,
        usage:
          settings.usage === "off" ? undefined : createRemoteUsage(channel, settings.usage === "budgets"),
        telemetry,
        outboundProxy,
        log: await createLogWriter(settings.log, (line) => process.stderr.write(`${escapeControls(line)}\n`)),
      },
      parts,
    );
    await proxy.listen();
    channel.post("ready", undefined);
    channel.flush();
  } catch (error) {
    channel.post("failed", toWire(error));
    await channel.drained();
    process.exit(1);
  }
}

/** Opens the sessions that the primary serves. Only their upstreams are here. */
async function openManagers(
  { sessions, providers }: WorkerSettings,
  env: Environment,
  channel: Channel,
): Promise<readonly TokenManager[]> {
  return Promise.all(
    sessions.map(async ({ provider: id, account }, session) => {
      const module = await requireProvider(id, { providers }).load();
      const provider = module.createProvider(env);
      return createRemoteManager({ provider, account, session, channel, clock: systemClock });
    }),
  );
}
