import { randomBytes } from "node:crypto";
import type { RequestListener } from "node:http";
import { dialectOf } from "../answers/dialect.ts";
import { readError } from "../answers/error-response.ts";
import { redactSecrets } from "../answers/redact-secrets.ts";
import { destroyResponse, sendError } from "../answers/send-response.ts";
import { type CallDetails, createCallNotes } from "../observe/call-details.ts";
import { observeBoth, type ProxyTelemetry } from "../observe/proxy-telemetry.ts";
import { noopObserver } from "../observe/request-observer.ts";
import { isKnownPath } from "../routing/route.ts";
import { answerExchange, type ExchangeOptions } from "./answer-exchange.ts";
import { isGreeting, isProbe } from "./answer-probe.ts";
import { type Exchange, recordUsage } from "./exchange.ts";

export interface HandlerOptions extends ExchangeOptions {
  readonly telemetry: ProxyTelemetry | undefined;
  /** Called at the start and at the end of each request. */
  readonly onBegin: () => void;
  readonly onEnd: () => void;
}

/** Creates the listener that serves each request to the end of its response. Never throws. */
export function createHandler(options: HandlerOptions): RequestListener {
  const { log, isClosing, monitor, telemetry, onBegin, onEnd } = options;
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
    const isObserved = !isForMonitor && !isProbe(path) && !isQuiet;
    const begun = { id, method, path, bytes };
    const trace = isObserved ? telemetry?.onRequest(begun, request.headers) : undefined;
    const monitored = isObserved && monitor ? monitor.onRequest(begun) : noopObserver;
    const observer = trace ? observeBoth(monitored, trace) : monitored;
    const { signal } = disconnected;
    const exchange: Exchange = {
      id,
      request,
      response,
      path,
      isForMonitor,
      observer,
      trace,
      signal,
      notes: createCallNotes(),
      key: undefined,
      session: undefined,
      callsModel: false,
      requestBytes: 0,
      release: ignore,
    };
    let code: string | undefined;
    let cut = false;
    // A connection error is handled by the "close" event.
    response.on("error", ignore);
    response.on("close", () => {
      const finished = response.writableFinished;
      if (!finished) disconnected.abort();
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
        const counted = recordUsage(exchange, { ...end, bytes: size, details }, options.usage);
        // A call whose cost is not counted yet keeps its slot, so that a budget is exceeded by running calls alone.
        if (counted) void counted.then(exchange.release);
        else exchange.release();
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
      const answering = trace
        ? trace.run(() => answerExchange(exchange, options))
        : answerExchange(exchange, options);
      answering?.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}

function ignore(): void {
  // Nothing to do.
}
