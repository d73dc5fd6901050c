import type { IncomingMessage, ServerResponse } from "node:http";
import { findModel, type LearnedRefusals } from "@tokenflow/core/provider";
import type { Dispatcher } from "undici";
import { dialectOf } from "../answers/dialect.ts";
import { listDialectOf, modelDocument, modelsDocument } from "../answers/models-document.ts";
import { redactSecrets } from "../answers/redact-secrets.ts";
import { RequestError } from "../answers/request-error.ts";
import { sendJson } from "../answers/send-response.ts";
import { type BodyOptions, readBody } from "../body/read-body.ts";
import { forward } from "../forward/forward.ts";
import type { ForwardObserver, ForwardOptions } from "../forward/forward-options.ts";
import { listModels } from "../forward/models-list.ts";
import type { RateLimitBackoff } from "../forward/rate-limit-backoff.ts";
import type { SessionWatch } from "../forward/session-watch.ts";
import type { UpstreamHealth } from "../forward/upstream-health.ts";
import type { CallNotes } from "../observe/call-details.ts";
import type { RequestObserver } from "../observe/request-observer.ts";
import { type Caller, type ModelCall, type ResolveOptions, resolveModel } from "../routing/resolve-model.ts";
import { splitUrl } from "../routing/route.ts";
import { requireUpstreamPath } from "../routing/upstream.ts";

/** The model's name comes from the caller, so its length is bounded. */
const MAX_MODEL_LENGTH = 100;

export interface AnswerOptions extends ResolveOptions, Omit<BodyOptions, "signal"> {
  readonly dispatcher: Dispatcher;
  /** How long a stream may be silent before it gets a comment, in milliseconds; 0 turns comments off. */
  readonly keepAlive: number;
  readonly backoff: RateLimitBackoff;
  readonly health: UpstreamHealth;
  readonly learned: LearnedRefusals;
  readonly watch: SessionWatch;
}

/** A request that has a slot. */
export interface AdmittedRequest extends Caller {
  /** As the log has it. */
  readonly id: string;
  /** The name of the caller's key. */
  readonly caller: string | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly observer: Pick<RequestObserver, "routed" | "received" | "sent" | "answered">;
  readonly notes: CallNotes;
  /** Called once for each part of a request that an upstream turned out to refuse. */
  readonly onLearned: ForwardObserver["learned"];
}

/** Serves a request from one session's upstream, or with the models of all sessions. */
export async function answerRoute(admitted: AdmittedRequest, options: AnswerOptions): Promise<void> {
  const { route, request, response, signal } = admitted;
  if (route.kind === "models" && (await answerModels(admitted, options))) return;
  const { bodyLimit, budget, unpacker } = options;
  const body =
    route.method === "POST"
      ? await readBody(request, response, { bodyLimit, budget, unpacker, signal })
      : undefined;
  admitted.observer.received();
  try {
    const call =
      route.kind === "call" && body
        ? resolveModel(body, admitted, options)
        : { manager: route.session.manager, body, model: undefined };
    await forwardCall(call instanceof Promise ? await call : call, admitted, options);
  } finally {
    body?.release();
  }
}

/**
 * Answers with the models of all sessions, or with one of them. Returns false if the upstream itself should answer: for
 * the list of one session in OpenAI's shape, and if nothing could be listed, since then its error says why.
 */
async function answerModels(
  { route, sessions, request, response, signal }: AdmittedRequest,
  { watch }: AnswerOptions,
): Promise<boolean> {
  const { modelId, named, session } = route;
  const dialect = listDialectOf(request.headers, splitUrl(request.url ?? "")[1]);
  if (modelId === undefined && dialect === "openai" && (named || sessions.length === 1)) return false;
  await Promise.all(sessions.map(async ({ manager }) => watch.look(manager)));
  const models = await listModels(named ? [session] : sessions, route.query, signal).catch(
    (error: unknown) => {
      if (signal.aborted || (modelId !== undefined && !named)) throw error;
      return undefined;
    },
  );
  if (!models) return false;
  if (modelId === undefined) {
    sendJson(response, 200, modelsDocument(models, dialect));
    return true;
  }
  const found = findModel(
    modelId,
    models.map(({ entry }) => entry),
  );
  const model = models.find(({ entry }) => entry === found);
  if (model) {
    sendJson(response, 200, modelDocument(model, dialect));
    return true;
  }
  if (named) return false;
  throw new RequestError("request.not_found", `Unknown model ${redactSecrets(modelId.slice(0, 100))}.`);
}

function forwardCall(
  { manager, body, model }: ModelCall,
  { id, route, caller, request, response, signal, observer, notes, onLearned }: AdmittedRequest,
  { dispatcher, unpacker, keepAlive, backoff, health, learned, watch }: AnswerOptions,
): Promise<void> {
  const { kind, method, path, label, query } = route;
  if (model !== undefined) {
    observer.routed({ manager, route: label, model });
    notes.add({ model: model.slice(0, MAX_MODEL_LENGTH) });
  }
  if (kind !== "models") backoff.require(manager, model);
  const options: ForwardOptions = {
    id,
    dialect: kind === "other" ? undefined : dialectOf(request),
    manager,
    model,
    learned,
    caller,
    notes,
    body,
    method,
    path:
      kind === "other" || route.modelId !== undefined ? path : requireUpstreamPath(manager.provider, path),
    query,
    request,
    response,
    unpacker,
    keepAlive,
    signal,
    observer: {
      sent: () => observer.sent(),
      answered(status, headers) {
        health.reached(manager);
        observer.answered(status, headers);
      },
      refused(status, headers, refusal) {
        // The list of models has limits of its own.
        if (status !== 429 || kind === "models") return;
        const limit = { retryAfter: headers["retry-after"] };
        backoff.record(manager, refusal?.limited === "model" ? { ...limit, model } : limit);
      },
      learned: onLearned,
    },
  };
  const looked = watch.look(manager);
  const forwarded = looked ? looked.then(() => forward(dispatcher, options)) : forward(dispatcher, options);
  return forwarded.catch((error: unknown) => {
    if (!signal.aborted) health.failed(manager, error);
    throw error;
  });
}
