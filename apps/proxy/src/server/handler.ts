import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import type { TokenManager } from "@tokenflow/core";
import type { Auth, ProxyKey } from "../access/auth.ts";
import { allowOrigin } from "../access/cors.ts";
import { requireClearFraming } from "../access/framing.ts";
import type { KeyBrake } from "../access/key-brake.ts";
import { requireAllowed, requireOrigin } from "../access/key-rules.ts";
import type { RequestLimiter } from "../access/request-limiter.ts";
import { dialectOf } from "../answers/dialect.ts";
import { readError } from "../answers/error-response.ts";
import { redactSecrets } from "../answers/redact-secrets.ts";
import { RequestError } from "../answers/request-error.ts";
import { destroyResponse, sendError } from "../answers/send-response.ts";
import { type CallDetails, createCallNotes } from "../observe/call-details.ts";
import type { ProxyLogEntry } from "../observe/log.ts";
import type { ProxyMonitor } from "../observe/proxy-monitor.ts";
import type { ProxyUsage } from "../observe/proxy-usage.ts";
import { noopObserver } from "../observe/request-observer.ts";
import { findProbe, findRoute, isKnownPath, type ProxySession } from "../routing/route.ts";
import { isNamed, sessionName } from "../routing/session-name.ts";
import { answerProbe, isGreeting, isProbe } from "./answer-probe.ts";
import { type AnswerOptions, answerRoute } from "./answer-route.ts";
import { type Exchange, recordUsage, refuseKey } from "./exchange.ts";

export interface HandlerOptions extends AnswerOptions {
  readonly sessions: readonly ProxySession[];
  readonly auth: Auth;
  readonly brake: KeyBrake;
  readonly limits: RequestLimiter;
  readonly monitor: ProxyMonitor | undefined;
  readonly usage: ProxyUsage | undefined;
  readonly isClosing: () => boolean;
  /** Called at the start and at the end of each request. */
  readonly onBegin: () => void;
  readonly onEnd: () => void;
  readonly log: (entry: ProxyLogEntry) => void;
}

/** Creates the listener that serves each request to the end of its response. Never throws. */
export function createHandler(options: HandlerOptions): RequestListener {
  const { log, isClosing, monitor, onBegin, onEnd } = options;
  const idPrefix = randomBytes(4).toString("hex");
  let count = 0;

  return (request, response) => {
    onBegin();
    const id = `${idPrefix}-${(count += 1)}`;
    const start = performance.now();
    const { socket } = request;
    const before = socket.bytesWritten;
    const bytes = (): number => socket.bytesWritten - before;
    const { method = "", url = "" } = request;
    const path = url.split("?", 1)[0] ?? "";
    const disconnected = new AbortController();
    const isForMonitor = monitor?.handles(path) === true;
    const isQuiet = isGreeting(method, path);
    const isObserved = monitor && !isForMonitor && !isProbe(path) && !isQuiet;
    const observer = isObserved ? monitor.onRequest({ id, method, path, bytes }) : noopObserver;
    const { signal } = disconnected;
    const exchange: Exchange = {
      id,
      request,
      response,
      path,
      isForMonitor,
      observer,
      signal,
      notes: createCallNotes(),
      key: undefined,
      session: undefined,
      release: ignore,
    };
    let code: string | undefined;
    let cut = false;
    // A connection error is handled by the "close" event.
    response.on("error", ignore);
    response.on("close", () => {
      const finished = response.writableFinished;
      if (!finished) disconnected.abort();
      exchange.release();
      const end = {
        status: response.headersSent ? response.statusCode : undefined,
        outcome: finished ? "finished" : cut ? "cut" : "left",
        duration: performance.now() - start,
        code,
      } as const;
      const size = bytes();
      const settle = (details: CallDetails): void => {
        observer.ended({ ...end, bytes: size, details });
        // The caller may have put a secret into the path.
        const safePath = isKnownPath(path) ? path : redactSecrets(path);
        const key = exchange.key?.name;
        if (!isQuiet) log({ type: "request", id, method, path: safePath, ...end, key, ...details });
        recordUsage(exchange, { ...end, details }, options.usage);
        onEnd();
      };
      const details = exchange.notes.details();
      if (details instanceof Promise) void details.then(settle);
      else settle(details);
    });
    if (isClosing()) response.shouldKeepAlive = false;

    const fail = (error: unknown): void => {
      if (signal.aborted) return;
      const errorResponse = readError(error);
      code = errorResponse.code;
      if (code === "proxy.failed") log({ type: "failure", id, error });
      if (response.headersSent) {
        cut = true;
        destroyResponse(response);
      } else sendError(response, errorResponse, dialectOf(request), id);
    };
    try {
      answer(exchange, options)?.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

function ignore(): void {
  // Nothing to do.
}

/** Returns a promise only if there is something to wait for. */
function answer(exchange: Exchange, options: HandlerOptions): Promise<void> | undefined {
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
    if (key?.session !== undefined || key?.allow !== undefined) {
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
    const onCall = (called: TokenManager): void => {
      exchange.session = sessionName(called);
      options.usage?.require({ key: caller, session: exchange.session });
    };
    return answerRoute(
      { id, route, sessions: allowed, caller, request, response, signal, observer, notes, onLearned, onCall },
      options,
    );
  };
  const slot = limits.acquire(key, signal);
  return typeof slot === "function" ? proceed(slot) : slot.then(proceed);
}
