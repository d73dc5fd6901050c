import type { TokenManager } from "@tokenflow/core";
import type { Auth, ProxyKey } from "../access/auth.ts";
import { allowOrigin } from "../access/cors.ts";
import { requireClearFraming } from "../access/framing.ts";
import type { KeyBrake } from "../access/key-brake.ts";
import { requireAllowed, requireOrigin } from "../access/key-rules.ts";
import type { RequestLimiter } from "../access/request-limiter.ts";
import { RequestError } from "../answers/request-error.ts";
import type { ProxyLogEntry } from "../observe/log.ts";
import type { ProxyMonitor } from "../observe/proxy-monitor.ts";
import type { ProxyUsage } from "../observe/proxy-usage.ts";
import { findProbe, findRoute, type ProxySession } from "../routing/route.ts";
import { isNamed, sessionName } from "../routing/session-name.ts";
import { answerProbe, isGreeting } from "./answer-probe.ts";
import { type AnswerOptions, answerRoute, type BegunCall } from "./answer-route.ts";
import { type Exchange, refuseKey, traceHeadersOf } from "./exchange.ts";
import type { Readiness } from "./readiness.ts";

export interface ExchangeOptions extends AnswerOptions {
  readonly sessions: readonly ProxySession[];
  readonly auth: Auth;
  readonly brake: KeyBrake;
  readonly limits: RequestLimiter;
  readonly monitor: ProxyMonitor | undefined;
  readonly usage: ProxyUsage | undefined;
  readonly traceUpstream: boolean;
  readonly isClosing: () => boolean;
  readonly readReadiness: (isClosing: boolean) => Promise<Readiness>;
  readonly log: (entry: ProxyLogEntry) => void;
}

/**
 * Checks who asks and for what, waits for a slot, and answers. Returns a promise only if there is something to wait for.
 * @throws what the caller is answered with
 */
export function answerExchange(exchange: Exchange, options: ExchangeOptions): Promise<void> | undefined {
  const { request, response, path, isForMonitor, observer, signal } = exchange;
  const { sessions, auth, limits, monitor, isClosing } = options;
  const { method = "", url = "" } = request;
  requireClearFraming(request);
  const origin = auth.requireLocalCaller(request);
  if (origin !== undefined && allowOrigin(origin, request, response)) return undefined;
  const probe = findProbe(method, url);
  if (probe) return answerProbe(probe, exchange, options);
  if (isGreeting(method, path)) {
    response.writeHead(200, { "content-length": 0, "cache-control": "no-store" }).end();
    return undefined;
  }
  let key: ProxyKey | undefined;
  try {
    key = isForMonitor && monitor?.isPublic(path) ? undefined : auth.requireKey(request);
  } catch (error) {
    return refuseKey(error, exchange, options);
  }
  exchange.key = key;
  if (key) {
    observer.identified(key.name);
    requireOrigin(key, origin);
  }
  if (monitor && isForMonitor) {
    if (origin !== undefined)
      throw new RequestError("request.foreign_origin", "Only the proxy's own page may read its status.");
    if ((key?.session ?? key?.allow ?? key?.origins) !== undefined) {
      throw new RequestError(
        "request.not_allowed",
        "This key is restricted. Use another key for the dashboard.",
      );
    }
    return monitor.answer(path, request, response, signal);
  }
  if (isClosing()) {
    throw new RequestError("proxy.closing", "The proxy is closing. Try again in a moment.", {
      "retry-after": "1",
    });
  }
  if (/\bwebsocket\b/i.test(request.headers.upgrade ?? "")) {
    // Codex tries a WebSocket first if it is told to, and goes on over HTTP after a 426.
    throw new RequestError(
      "request.upgrade_refused",
      "This proxy has no WebSocket. Send the request over HTTP.",
      {
        upgrade: "HTTP/1.1",
        connection: "Upgrade",
      },
    );
  }
  const name = key?.session;
  const allowed = name === undefined ? sessions : sessions.filter(({ manager }) => isNamed(manager, name));
  const route = findRoute(method, url, allowed);
  if (key) requireAllowed(key, route.kind === "models" ? { method: route.method, path: "/models" } : route);
  const { manager } = route.session;
  observer.routed({ manager, route: route.label });
  // A paused session takes no slot. Without a named session the model may still select another one.
  if (route.named && route.kind !== "models") options.backoff.require(manager);
  const proceed = (release: () => void): Promise<void> | undefined => {
    exchange.release = release;
    if (signal.aborted) {
      release();
      return undefined;
    }
    observer.admitted();
    const onLearned = (host: string, parts: readonly string[]): void =>
      options.log({ type: "learned", host, parts });
    const caller = key?.name;
    const { id, notes } = exchange;
    const traceHeaders = options.traceUpstream ? () => traceHeadersOf(exchange) : undefined;
    const onCall = (called: TokenManager, call: BegunCall): Promise<void> | void => {
      exchange.session = sessionName(called);
      exchange.callsModel = call.callsModel;
      exchange.requestBytes = call.requestBytes;
      return options.usage?.require({ key: caller, session: exchange.session });
    };
    return answerRoute(
      {
        id,
        route,
        sessions: allowed,
        caller,
        request,
        response,
        signal,
        observer,
        notes,
        traceHeaders,
        onLearned,
        onCall,
      },
      options,
    );
  };
  const slot = limits.acquire(key, signal);
  return typeof slot === "function" ? proceed(slot) : slot.then(proceed);
}
