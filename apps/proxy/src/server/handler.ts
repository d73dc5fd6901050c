import { randomBytes } from "node:crypto";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Auth, ProxyKey } from "../access/auth.ts";
import { allowOrigin } from "../access/cors.ts";
import type { RequestLimiter } from "../access/request-limiter.ts";
import { dialectOf } from "../answers/dialect.ts";
import { readError } from "../answers/error-response.ts";
import { redactSecrets } from "../answers/redact-secrets.ts";
import { RequestError } from "../answers/request-error.ts";
import { destroyResponse, sendError, sendJson } from "../answers/send-response.ts";
import type { ProxyLogEntry } from "../observe/log.ts";
import { noopObserver, type ProxyMonitor, type RequestObserver } from "../observe/request-observer.ts";
import { findProbe, findRoute, isKnownPath, type ProxySession } from "../routing/route.ts";
import { isNamed } from "../routing/session-name.ts";
import { type AnswerOptions, answerRoute } from "./answer-route.ts";
import { readReadiness } from "./readiness.ts";

export interface HandlerOptions extends AnswerOptions {
  readonly sessions: readonly ProxySession[];
  readonly auth: Auth;
  readonly limits: RequestLimiter;
  readonly monitor: ProxyMonitor | undefined;
  readonly isClosing: () => boolean;
  /** Called when a request begins, and when it is over. */
  readonly began: () => void;
  readonly ended: () => void;
  readonly log: (entry: ProxyLogEntry) => void;
}

/** A request on its way through. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** Whether it is for the monitor. */
  readonly isWatching: boolean;
  readonly observer: RequestObserver;
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  /** Kept for the log. */
  key: ProxyKey | undefined;
  /** What to do when it is over, in whatever way. */
  release: () => void;
}

/** One request from its head to the last byte of its answer. Never throws. */
export function createHandler(options: HandlerOptions): RequestListener {
  const { log, isClosing, monitor, began, ended } = options;
  const process = randomBytes(4).toString("hex");
  let count = 0;

  return (request, response) => {
    began();
    const id = `${process}-${(count += 1)}`;
    const start = performance.now();
    const { socket } = request;
    const before = socket.bytesWritten;
    const bytes = (): number => socket.bytesWritten - before;
    const { method = "", url = "" } = request;
    const path = url.split("?", 1)[0] ?? "";
    const left = new AbortController();
    const isWatching = monitor?.handles(path) === true;
    const isWatched = monitor && !isWatching && !isProbe(path);
    const observer = isWatched ? monitor.onRequest({ id, method, path, bytes }) : noopObserver;
    const { signal } = left;
    const exchange: Exchange = {
      request,
      response,
      path,
      isWatching,
      observer,
      signal,
      key: undefined,
      release: ignore,
    };
    let code: string | undefined;
    let cut = false;
    // A connection's failure is seen as its close.
    response.on("error", ignore);
    response.on("close", () => {
      const finished = response.writableFinished;
      if (!finished) left.abort();
      exchange.release();
      const end = {
        status: response.headersSent ? response.statusCode : undefined,
        outcome: finished ? "finished" : cut ? "cut" : "left",
        duration: performance.now() - start,
        code,
      } as const;
      observer.ended({ ...end, bytes: bytes() });
      // A caller may have put a secret there.
      const shown = isKnownPath(path) ? path : redactSecrets(path);
      log({ type: "request", id, method, path: shown, ...end, key: exchange.key?.name });
      ended();
    });
    if (isClosing()) response.shouldKeepAlive = false;

    const fail = (error: unknown): void => {
      if (signal.aborted) return;
      const errorAnswer = readError(error);
      code = errorAnswer.code;
      if (code === "proxy.failed") log({ type: "failure", id, error });
      if (response.headersSent) {
        cut = true;
        destroyResponse(response);
      } else sendError(response, errorAnswer, dialectOf(url));
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

function isProbe(path: string): boolean {
  return path === "/livez" || path === "/readyz";
}

/** Answers a promise only where there is something to wait for. */
function answer(exchange: Exchange, options: HandlerOptions): Promise<void> | undefined {
  const { request, response, path, isWatching, observer, signal } = exchange;
  const { sessions, auth, limits, monitor, isClosing } = options;
  const { method = "", url = "" } = request;
  const origin = auth.requireLocalCaller(request);
  if (origin !== undefined && allowOrigin(origin, request, response)) return undefined;
  const probe = findProbe(method, url);
  if (probe) return answerProbe(probe, exchange, options);
  const key = isWatching && monitor?.isPublic(path) ? undefined : auth.requireKey(request);
  exchange.key = key;
  if (key) observer.identified(key.name);
  if (monitor && isWatching) {
    if (origin !== undefined)
      throw new RequestError("request.foreign_origin", "Only pages of this proxy may look at it.");
    if (key?.session !== undefined) {
      throw new RequestError(
        "request.not_allowed",
        "This key is for one session alone. Look on with another one.",
      );
    }
    return monitor.answer(path, request, response, signal);
  }
  if (isClosing()) {
    throw new RequestError("proxy.closing", "The proxy is closing. Try again in a moment.", {
      "retry-after": "1",
    });
  }
  const word = key?.session;
  const allowed = word === undefined ? sessions : sessions.filter(({ manager }) => isNamed(manager, word));
  const route = findRoute(method, url, allowed);
  const { manager } = route.session;
  observer.routed({ manager, route: route.label });
  // Who would be refused anyway takes no place from others; a model may still name another session.
  if (route.named) options.backoff.require(manager);
  const proceed = (leave: () => void): Promise<void> | undefined => {
    exchange.release = leave;
    if (signal.aborted) {
      leave();
      return undefined;
    }
    observer.admitted();
    return answerRoute({ route, sessions: allowed, request, response, signal, observer }, options);
  };
  const entered = limits.enter(key, signal);
  return typeof entered === "function" ? proceed(entered) : entered.then(proceed);
}

async function answerProbe(
  probe: "/livez" | "/readyz",
  { request, response }: Exchange,
  options: HandlerOptions,
): Promise<void> {
  if (probe === "/livez") return sendJson(response, 200, { status: "alive" });
  const readiness = await readReadiness(options);
  // Whoever has no key where one is set learns the status alone: accounts are nobody else's business.
  const shown = options.auth.admits(request) ? readiness : { status: readiness.status };
  sendJson(response, readiness.status === "ready" ? 200 : 503, shown);
}
