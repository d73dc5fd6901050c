import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { Catalogues } from "./catalogues.ts";
import { type ForwardOptions, forward } from "./forward.ts";
import { listModels } from "./models-list.ts";
import type { Pauses } from "./pauses.ts";
import { readBody } from "./read-body.ts";
import { RequestBody } from "./request-body.ts";
import type { RequestObserver } from "./request-observer.ts";
import { resolveCall } from "./resolve-call.ts";
import type { ProxySession, Route } from "./route.ts";
import { sendJson } from "./send-json.ts";
import { requireUpstreamPath } from "./upstream-path.ts";
import type { UpstreamReach } from "./upstream-reach.ts";

export interface AnswerOptions {
  readonly dispatcher: Dispatcher;
  readonly bodyLimit: number;
  readonly aliases: ReadonlyMap<string, string>;
  readonly catalogues: Catalogues;
  /** After how much silence a stream is given a comment, in milliseconds; 0 for never. */
  readonly keepAlive: number;
  readonly pauses: Pauses;
  readonly reach: UpstreamReach;
}

/** Who waits for the answer, and who looks on. */
export interface Audience {
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal;
  readonly observer: Pick<RequestObserver, "routed" | "received" | "sent" | "answered">;
}

/**
 * Answers a request that was let in: from one session's upstream, or with the models of all.
 * @param sessions those that the caller may use
 */
export async function answerRoute(
  route: Route,
  sessions: readonly ProxySession[],
  request: IncomingMessage,
  response: ServerResponse,
  { signal, observer }: Audience,
  { dispatcher, bodyLimit, aliases, catalogues, keepAlive, pauses, reach }: AnswerOptions,
): Promise<void> {
  const { kind, method, path, label, query, named } = route;
  if (kind === "models" && !named && sessions.length > 1) {
    const list = await listModels(sessions, pauses, signal);
    if (list) return sendJson(response, 200, list);
  }
  const bytes = method === "POST" ? await readBody(request, response, bodyLimit) : undefined;
  const encoding = request.headers["content-encoding"];
  const body =
    bytes &&
    (encoding === undefined ? new RequestBody(bytes) : await RequestBody.decode(bytes, encoding, bodyLimit));
  observer.received();
  const call =
    kind === "call" && body
      ? await resolveCall(route, body, { sessions, aliases, catalogues, signal })
      : { manager: route.session.manager, body, model: undefined };
  const { manager, model } = call;
  if (model !== undefined) observer.routed({ manager, route: label, model });
  pauses.require(manager);
  const options: ForwardOptions = {
    manager,
    body: call.body,
    method,
    path: kind === "other" ? path : requireUpstreamPath(manager.provider, path),
    query,
    request,
    response,
    keepAlive,
    signal,
    observer: {
      sent: observer.sent,
      answered(status, headers) {
        pauses.note(manager, status, headers["retry-after"]);
        reach.reached(manager);
        observer.answered(status, headers);
      },
    },
  };
  try {
    await forward(dispatcher, options);
  } catch (error) {
    if (!signal.aborted) reach.failed(manager, error);
    throw error;
  }
}
