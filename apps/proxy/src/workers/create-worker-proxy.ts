import { fileURLToPath } from "node:url";
import type { Config } from "@tokenflow/common";
import { systemClock } from "@tokenflow/core/provider";
import { checkOptions } from "../server/check-options.ts";
import { DEFAULT_SHUTDOWN_TIMEOUT, type Proxy } from "../server/proxy.ts";
import type { ProxyOptions } from "../server/proxy-options.ts";
import { createSharedParts, observe } from "../server/shared-parts.ts";
import { createHandOver } from "./hand-over.ts";
import type { PrimaryState, ReplayingMonitor } from "./primary-state.ts";
import { serveBodies, serveLimits } from "./serve-limits.ts";
import { serveMonitor, serveUsage } from "./serve-observations.ts";
import { serveSessions } from "./serve-sessions.ts";
import { createWorkerPool } from "./worker-pool.ts";

/** The argument with which the program begins as a worker. It means nothing without a primary. */
const WORKER_ARGUMENT = "worker";

/** The settings of a worker: plain data, with the secrets of the keys. */
export interface WorkerSettings {
  /** The address at which the primary listens. */
  readonly url: string;
  readonly proxy: Omit<
    ProxyOptions,
    "sessions" | "monitor" | "usage" | "telemetry" | "outboundProxy" | "log" | "clock"
  >;
  readonly sessions: readonly { readonly provider: string; readonly account: string }[];
  readonly providers: Config["providers"];
  readonly log: "json" | "pretty" | "none";
  readonly hasMonitor: boolean;
  readonly usage: "off" | "counted" | "budgets";
}

export interface WorkerProxyOptions
  extends Pick<WorkerSettings, "log" | "providers">,
    Pick<ProxyOptions, "sessions" | "usage"> {
  readonly monitor: ReplayingMonitor | undefined;
  readonly workers: number;
  readonly proxy: WorkerSettings["proxy"];
  readonly hasBudgets: boolean;
  readonly say: (line: string) => void;
}

/** A proxy whose requests are served by several processes. */
export interface WorkerProxy extends Proxy {
  /** Rejects if no worker can serve any more. */
  readonly failed: Promise<never>;
}

/**
 * Creates a proxy of several processes. This one, the primary, has the sessions and everything that is counted. The
 * workers serve requests, and ask it.
 * @throws `provider.misconfigured` as `createProxy`
 */
export function createWorkerProxy({
  workers,
  proxy,
  sessions,
  monitor,
  usage,
  hasBudgets,
  say,
  providers,
  log,
}: WorkerProxyOptions): WorkerProxy {
  const { host = "127.0.0.1", port = 4141, keys = [], limits = {}, bodyBudget } = proxy;
  checkOptions({ sessions, keys, host });
  const managers = sessions.map(({ manager }) => manager);
  let closing: Promise<void> | undefined;
  const isClosing = (): boolean => closing !== undefined;
  const parts = createSharedParts({ sessions, keys, limits, bodyBudget, clock: systemClock });
  const state: PrimaryState = { parts, managers, keys, usage, monitor, isClosing };
  const settings: Omit<WorkerSettings, "url"> = {
    proxy,
    providers,
    log,
    sessions: managers.map(({ provider, account }) => ({ provider: provider.id, account })),
    hasMonitor: monitor !== undefined,
    usage: usage === undefined ? "off" : hasBudgets ? "budgets" : "counted",
  };
  const handOver = createHandOver();
  let url = "";
  const pool = createWorkerPool({
    count: workers,
    drain: proxy.shutdownTimeout ?? DEFAULT_SHUTDOWN_TIMEOUT,
    ...workerCommand(),
    handOver,
    settings: () => ({ ...settings, url }),
    serve: (channel, others) => [
      serveLimits(state),
      serveBodies(state, channel),
      serveSessions(state, others),
      serveUsage(state),
      serveMonitor(state, channel),
    ],
    clock: systemClock,
    say,
  });
  const self: WorkerProxy = {
    failed: pool.failed,
    async listen() {
      ({ url } = await handOver.listen(host, port));
      try {
        await pool.start();
      } catch (error) {
        handOver.close();
        throw error;
      }
      monitor?.onListen(observe(url, parts, { sessions, keys, usage, isClosing }));
      return { url };
    },
    close() {
      handOver.close();
      monitor?.close();
      const closed = pool.close();
      closing ??= closed;
      return closing;
    },
    [Symbol.asyncDispose]: () => self.close(),
  };
  return self;
}

/** Returns the program in this package, however it was started. */
function workerCommand(): { readonly file: string; readonly args: readonly string[] } {
  const entry = import.meta.resolve("@tokenflow/proxy");
  const bin = new URL(entry.endsWith(".ts") ? "./bin.ts" : "./bin.js", entry);
  return { file: fileURLToPath(bin), args: [WORKER_ARGUMENT] };
}
