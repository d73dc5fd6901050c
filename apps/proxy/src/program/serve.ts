import { randomBytes } from "node:crypto";
import type { Config } from "@tokenflow/common";
import { isTokenFlowError, TokenFlowError, type TokenManager } from "@tokenflow/core";
import type { OutboundProxies } from "@tokenflow/core/environment";
import type { Monitor } from "../monitor/create-monitor.ts";
import type { ProxyTelemetry } from "../observe/proxy-telemetry.ts";
import type { ProxyUsage } from "../observe/proxy-usage.ts";
import { createProxy, type Proxy } from "../server/proxy.ts";
import type { WorkerProxy } from "../workers/create-worker-proxy.ts";
import { ensureSignedIn } from "./ensure-signed-in.ts";
import { idleBudgets } from "./idle-budgets.ts";
import { createLogWriter } from "./log-writer.ts";
import type { Settings } from "./settings.ts";
import { startLines } from "./start-lines.ts";

export interface ServeOptions {
  /** The settings from flags, variables and the file. @example await readSettings(flags, env) */
  readonly settings: Settings;
  /**
   * The managers of the sessions. The first one serves requests that name no session. The caller closes them.
   * @example [copilot, hyper]
   */
  readonly managers: readonly TokenManager[];
  /** Serves the dashboard and the metrics. @default none @example createMonitor() */
  readonly monitor?: Monitor | undefined;
  /** Counts what answers cost, and holds budgets. @default none @example await openUsage(settings, folder, say) */
  readonly usage?: ProxyUsage | undefined;
  /** Traces requests. @default none @example await openTelemetry(process.env, say) */
  readonly telemetry?: ProxyTelemetry | undefined;
  /** The HTTP proxies for requests to the upstreams. @default none @example outboundProxies(process.env) */
  readonly outboundProxy?: OutboundProxies | undefined;
  /** The OAuth servers of `config.json`, for workers. @default {} @example storeContext.config.providers */
  readonly providers?: Config["providers"] | undefined;
  /** Signs a person in first if nobody is signed in. @default false @example true */
  readonly signIn?: boolean | undefined;
  /** Writes one line for people. @example (line) => console.log(line) */
  readonly say: (line: string) => void;
  /** The command that starts this program, for hints. @default "tokenflow-proxy" @example "tokenflow proxy" */
  readonly command?: string | undefined;
  /** Aborts when the proxy should stop. Responses then finish within `drain`. @example stop.signal */
  readonly stop: AbortSignal;
  /** Aborts when responses should be broken off. @default none @example force.signal */
  readonly forceShutdown?: AbortSignal | undefined;
}

const KEY_BYTES = 24;
const DEFAULT_PORT = 4141;

/**
 * Serves until `stop` aborts: prints the start lines, keeps every session fresh, and lets answers finish at the end.
 * @throws what `createProxy` and its `listen` throw
 */
export async function serve({
  settings,
  managers,
  monitor,
  usage,
  telemetry,
  outboundProxy,
  providers = {},
  signIn = false,
  say,
  command = "tokenflow-proxy",
  stop,
  forceShutdown,
}: ServeOptions): Promise<void> {
  const {
    autoKey,
    log = "none",
    store: _store,
    drain,
    usage: _path,
    budgets,
    workers = 1,
    ...rest
  } = settings;
  const made = autoKey ? { name: "auto", secret: randomBytes(KEY_BYTES).toString("base64url") } : undefined;
  const keys = made ? [made, ...settings.keys] : settings.keys;
  const sessions = managers.map((manager) => ({ manager }));
  const options = { ...rest, shutdownTimeout: drain, keys };
  const shared = { sessions, monitor, usage };
  const proxy: Proxy & Partial<Pick<WorkerProxy, "failed">> =
    workers > 1
      ? (await import("../workers/create-worker-proxy.ts")).createWorkerProxy({
          ...shared,
          workers,
          proxy: options,
          hasBudgets: budgets.length > 0,
          providers,
          log,
          say,
        })
      : createProxy({
          ...options,
          ...shared,
          telemetry,
          outboundProxy,
          log: await createLogWriter(log, say),
        });
  const { url } = await proxy.listen().catch((error: unknown) => {
    throw withPortFlag(error, command, settings.port ?? DEFAULT_PORT);
  });
  const leave = (): void => void proxy.close();
  try {
    const key = keys.length > 0 ? "$TOKENFLOW_PROXY_KEY" : undefined;
    // Browsers cannot open a socket.
    const hasPage = monitor !== undefined && !url.startsWith("unix:");
    const dashboard = hasPage ? `${url}/${made ? `#key=${made.secret}` : ""}` : undefined;
    for (const line of await startLines({ url, sessions, key, dashboard })) say(line);
    for (const sentence of idleBudgets(budgets, keys, sessions)) say(sentence);
    // A key is shown only here and in the dashboard's link: its owner has no other way to learn it.
    if (made) say(`The key, shown only now: export TOKENFLOW_PROXY_KEY=${made.secret}`);
    if (signIn) await ensureSignedIn(managers, say, stop);
    // Not awaited: a service that is unavailable now may be back at the first request.
    for (const manager of managers) manager.start().catch(() => undefined);
    await Promise.race([aborted(stop), ...(proxy.failed ? [proxy.failed] : [])]);
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    if (stop.aborted) say("Finishing what is under way; another signal breaks it off.");
    const closed = proxy.close();
    if (forceShutdown?.aborted) leave();
    else forceShutdown?.addEventListener("abort", leave, { once: true });
    await closed;
  }
}

/** Adds the flag to an error about a port that is in use. */
function withPortFlag(error: unknown, command: string, port: number): unknown {
  if (!isTokenFlowError(error) || !error.hint?.includes("choose another port")) return error;
  const hint = `${error.hint.replace(/\.$/, "")}: ${command} --port ${port + 1}`;
  return new TokenFlowError(error.code, error.message, { hint });
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
