import { randomBytes } from "node:crypto";
import type { TokenManager } from "@tokenflow/core";
import type { OutboundProxies } from "@tokenflow/core/environment";
import type { ProxyMonitor } from "../observe/request-observer.ts";
import { createProxy } from "../server/proxy.ts";
import { ensureSignedIn } from "./ensure-signed-in.ts";
import { createLogWriter } from "./log-writer.ts";
import type { Settings } from "./settings.ts";
import { startLines } from "./start-lines.ts";

export interface ServeOptions {
  readonly settings: Settings;
  /** The first one answers requests that name no session. They stay the caller's. */
  readonly managers: readonly TokenManager[];
  readonly monitor?: ProxyMonitor | undefined;
  /** The proxies on the way to the upstreams. @default none */
  readonly outboundProxy?: OutboundProxies | undefined;
  /** Whether a person signs in first, where nobody is signed in at all. */
  readonly signIn?: boolean | undefined;
  /** Writes one line for people. */
  readonly say: (line: string) => void;
  /** Aborts when it is time to end: answers finish within the drain. */
  readonly stop: AbortSignal;
  /** Aborts when nobody will wait for them. */
  readonly forceShutdown?: AbortSignal | undefined;
}

const KEY_BYTES = 24;

/**
 * Serves until it is told to stop: says what a person wants to know, keeps every session fresh, drains.
 * @throws what `createProxy` and its `listen` throw
 */
export async function serve({
  settings,
  managers,
  monitor,
  outboundProxy,
  signIn = false,
  say,
  stop,
  forceShutdown,
}: ServeOptions): Promise<void> {
  const { autoKey, log, store: _store, drain, ...options } = settings;
  const made = autoKey ? { name: "auto", secret: randomBytes(KEY_BYTES).toString("base64url") } : undefined;
  const keys = made ? [made, ...settings.keys] : settings.keys;
  const sessions = managers.map((manager) => ({ manager }));
  const proxy = createProxy({
    ...options,
    shutdownTimeout: drain,
    keys,
    sessions,
    monitor,
    outboundProxy,
    log: await createLogWriter(log ?? "none", say),
  });
  const { url } = await proxy.listen();
  const leave = (): void => void proxy.close();
  try {
    const key = keys.length > 0 ? "$TOKENFLOW_PROXY_KEY" : undefined;
    const dashboard = monitor && `${url}/${made ? `#key=${made.secret}` : ""}`;
    for (const line of await startLines({ url, sessions, key, dashboard })) say(line);
    // The only time that a key is shown, here and in the dashboard's link: its owner has no other way to learn it.
    if (made) say(`The key, shown only now: export TOKENFLOW_PROXY_KEY=${made.secret}`);
    if (signIn) await ensureSignedIn(managers, say, stop);
    // Not awaited: a service that is away now may be back at the first request.
    for (const manager of managers) manager.start().catch(() => undefined);
    await aborted(stop);
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

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
