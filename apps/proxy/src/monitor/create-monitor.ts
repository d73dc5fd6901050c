import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock, TokenFlowEvent, TokenManager } from "@tokenflow/core";
import { systemClock, version } from "@tokenflow/core/provider";
import { RequestError } from "../answers/request-error.ts";
import { sendJson } from "../answers/send-response.ts";
import type { ObservedProxy, ProxyMonitor } from "../observe/proxy-monitor.ts";
import { requireMethod } from "../routing/route.ts";
import { createMetrics } from "./create-metrics.ts";
import { createEventStreams } from "./event-streams.ts";
import { createLiveRequests, type LiveRequest } from "./live-requests.ts";
import { createMinuteBuckets } from "./minute-buckets.ts";
import { isMonitorPath, isPublicPath, MONITOR_PATHS } from "./monitor-paths.ts";
import type { ProxyStatus } from "./proxy-status.ts";
import { createReplayClock } from "./replay-clock.ts";
import { RequestTracker, type TrackerOptions } from "./request-tracker.ts";
import { readAction, type SessionAction, signIn, signOut } from "./session-actions.ts";
import { createSessionViews } from "./session-views.ts";
import { setupLines } from "./setup-lines.ts";
import { createUsageApi } from "./usage-api.ts";

export interface MonitorOptions {
  /** Replaces the system clock, for tests. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
  /** Stands for the key in setup lines. @default "$TOKENFLOW_PROXY_KEY" @example "$MY_KEY" */
  readonly keyPlaceholder?: string | undefined;
}

/** A {@link ProxyMonitor} that also receives the events of token managers. */
export interface Monitor extends ProxyMonitor {
  /** Pass it to every manager as `onEvent`: it counts redemptions and updates the dashboard. */
  onEvent(event: TokenFlowEvent): void;
  /** Runs work that reports what another process of this machine saw, at its time by `process.hrtime()`. */
  replay(at: number, work: () => void): void;
}

/** How often the dashboard gets changes that have no event, in milliseconds. */
const POLL_INTERVAL = 1_000;
const KEEP_ALIVE_INTERVAL = 15_000;

/**
 * Creates a monitor, with which a proxy serves the dashboard at `/`, its API at `/api/…`, and `/metrics`. It keeps
 * the last hour in memory of fixed size, without bodies and secrets.
 * @example
 * const monitor = createMonitor();
 * const manager = createTokenManager({ provider, store, onEvent: monitor.onEvent });
 * const proxy = createProxy({ sessions: [{ manager }], monitor });
 */
export function createMonitor({
  clock: givenClock = systemClock,
  keyPlaceholder = "$TOKENFLOW_PROXY_KEY",
}: MonitorOptions = {}): Monitor {
  const clock = createReplayClock(givenClock);
  const startedAt = clock.now();
  let proxy: ObservedProxy | undefined;
  let poller: ReturnType<typeof setInterval> | undefined;
  const lastSent = new Map<string, string>();
  const hour = createMinuteBuckets(() => clock.now());
  const streams = createEventStreams();
  const live = createLiveRequests(clock);
  const usageApi = createUsageApi(() => clock.now());
  const metrics = createMetrics(clock, () => proxy, {
    openStreams: () => live.openStreams,
    usageOf: (manager) => views.usage(manager),
  });
  const views = createSessionViews(
    clock,
    (manager) => proxy?.pausedUntil(manager),
    (manager) => void sendSession(manager),
  );

  /** Builds a view only if a dashboard is open. */
  const onChange = (request: LiveRequest): void => {
    if (streams.size > 0) streams.send("request", live.view(request));
  };
  const trackerOptions: TrackerOptions = {
    clock,
    metrics,
    onChange,
    onEnd(request, end) {
      const { status = 0, outcome, bytes } = end;
      hour.count({ isError: status >= 400 || outcome === "cut", bytes, firstByte: request.firstByte });
      live.end(request, end);
      onChange(request);
    },
  };

  /** Sends an event if its data differ from the last ones. */
  const sendIfChanged = <Name extends "session" | "minute" | "queue">(
    name: Name,
    id: string,
    data: Parameters<typeof streams.send<Name>>[1],
  ): void => {
    const text = JSON.stringify(data);
    if (lastSent.get(id) === text) return;
    lastSent.set(id, text);
    streams.send(name, data);
  };
  const sendSession = async (manager: TokenManager): Promise<void> => {
    if (streams.size === 0) return;
    const view = await views.view(manager).catch(() => undefined);
    if (view) sendIfChanged("session", view.id, view);
  };
  const poll = (): void => {
    if (streams.size === 0) {
      clearInterval(poller);
      poller = undefined;
      return;
    }
    for (const { manager } of proxy?.sessions ?? []) void sendSession(manager);
    for (const view of live.grown()) streams.send("request", view);
    const minute = hour.views().at(-1);
    if (minute) sendIfChanged("minute", "minute", minute);
    if (proxy) sendIfChanged("queue", "queue", proxy.queue);
  };
  const startPolling = (): void => {
    let polls = 0;
    poller ??= setInterval(() => {
      poll();
      polls += 1;
      if ((polls * POLL_INTERVAL) % KEEP_ALIVE_INTERVAL === 0) streams.keepAlive();
    }, POLL_INTERVAL);
    poller.unref();
  };

  const status = async (observed: ObservedProxy): Promise<ProxyStatus> => ({
    version,
    url: observed.url,
    startedAt,
    now: clock.now(),
    closing: observed.isClosing,
    requiresKey: observed.requiresKey,
    countsUsage: observed.usage?.report !== undefined,
    sessions: await Promise.all(observed.sessions.map(({ manager }) => views.view(manager))),
    queue: observed.queue,
    requests: live.views(),
    minutes: hour.views(),
    setup: setupLines(observed.url, observed.requiresKey ? keyPlaceholder : undefined),
  });

  const act = async (
    action: SessionAction,
    perform: (action: SessionAction) => Promise<void>,
    response: ServerResponse,
  ): Promise<void> => {
    await perform(action);
    sendJson(response, 200, await views.view(action.manager));
    await sendSession(action.manager);
  };

  return {
    onListen(observed) {
      proxy = observed;
    },
    onRequest: (start) => new RequestTracker(live.begin(start), trackerOptions),
    handles: isMonitorPath,
    isPublic: isPublicPath,
    async answer(path, request: IncomingMessage, response, signal) {
      if (!proxy || !isMonitorPath(path)) {
        throw new RequestError("request.not_found", `Unknown path ${path.slice(0, 100)}.`);
      }
      requireMethod(request.method ?? "", [MONITOR_PATHS[path]]);
      switch (path) {
        case "/": {
          const { sendDashboard } = await import("./dashboard-page.ts");
          return sendDashboard(response);
        }
        case "/metrics": {
          const text = await metrics.text();
          response.writeHead(200, { "content-type": metrics.contentType, "cache-control": "no-store" });
          response.end(text);
          return;
        }
        case "/api/status":
          return sendJson(response, 200, await status(proxy));
        case "/api/events":
          streams.open(response, await status(proxy));
          return startPolling();
        case "/api/usage":
          return usageApi.answer(request.url ?? "", proxy.usage, response);
        case "/api/sign-in":
          return act(
            await readAction(request, response, proxy.sessions),
            (action) => signIn(action, signal),
            response,
          );
        case "/api/sign-out":
          return act(await readAction(request, response, proxy.sessions), signOut, response);
      }
    },
    replay: clock.replay,
    close() {
      clearInterval(poller);
      streams.close();
    },
    onEvent(event) {
      metrics.onEvent(event);
      const session = proxy?.sessions.find(
        ({ manager }) => manager.provider.id === event.provider && manager.account === event.account,
      );
      if (session) void sendSession(session.manager);
    },
  };
}
