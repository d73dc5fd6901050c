import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import { breakOff } from "./break-off.ts";
import { readError, sendError } from "./error-answer.ts";
import { forward } from "./forward.ts";
import type { Guard } from "./guard.ts";
import type { ProxyLogEntry } from "./log.ts";
import { readBody } from "./read-body.ts";
import { readReadiness } from "./readiness.ts";
import { RequestError } from "./request-error.ts";
import { findProbe, findRoute, type ProxySession } from "./route.ts";
import { sendJson } from "./send-json.ts";

export interface HandlerOptions {
  readonly sessions: readonly ProxySession[];
  readonly guard: Guard;
  readonly dispatcher: Dispatcher;
  readonly bodyLimit: number;
  readonly isClosing: () => boolean;
  readonly log: (entry: ProxyLogEntry) => void;
}

/** One request from its head to the last byte of its answer. Never throws. */
export function createHandler(options: HandlerOptions): RequestListener {
  const { log, isClosing } = options;
  let count = 0;

  return (request, response) => {
    const id = (count += 1);
    const start = performance.now();
    const left = new AbortController();
    let code: string | undefined;
    let cut = false;
    // A connection's failure is seen as its close.
    response.on("error", () => undefined);
    response.once("close", () => {
      const finished = response.writableFinished;
      if (!finished) left.abort();
      log({
        type: "request",
        id,
        method: request.method ?? "",
        path: (request.url ?? "").split("?", 1)[0] ?? "",
        status: response.headersSent ? response.statusCode : undefined,
        outcome: finished ? "finished" : cut ? "cut" : "left",
        duration: performance.now() - start,
        code,
      });
    });
    if (isClosing()) response.shouldKeepAlive = false;

    answer(request, response, left.signal, options).catch((error: unknown) => {
      if (left.signal.aborted) return;
      const errorAnswer = readError(error);
      code = errorAnswer.code;
      if (code === "proxy.failed") log({ type: "failure", id, error });
      if (response.headersSent) {
        cut = true;
        breakOff(response);
      } else sendError(response, errorAnswer);
    });
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
  { sessions, guard, dispatcher, bodyLimit, isClosing }: HandlerOptions,
): Promise<void> {
  const { method = "", url = "" } = request;
  guard.requireLocalCaller(request);
  const probe = findProbe(method, url);
  if (probe === "/livez") return sendJson(response, 200, { status: "alive" });
  if (probe === "/readyz") {
    const readiness = await readReadiness(sessions, isClosing());
    return sendJson(response, readiness.status === "ready" ? 200 : 503, readiness);
  }
  guard.requireKey(request);
  if (isClosing()) {
    throw new RequestError("proxy.closing", "The proxy is closing. Try again in a moment.", {
      "retry-after": "1",
    });
  }
  const { session, path } = findRoute(method, url, sessions);
  const body = method === "POST" ? await readBody(request, bodyLimit) : undefined;
  await forward(dispatcher, { manager: session.manager, path, request, response, body, bodyLimit, signal });
}
