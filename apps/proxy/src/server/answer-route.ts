import type { IncomingMessage, ServerResponse } from "node:http";
import type { TokenManager } from "@tokenflow/core";
import { findModel, type LearnedRefusals } from "@tokenflow/core/provider";
import { dialectOfPath } from "@tokenflow/dialects";
import type { Dispatcher } from "undici";
import { dialectOf } from "../answers/dialect.ts";
import { listDialectOf, modelDocument, modelsDocument } from "../answers/models-document.ts";
import { redactSecrets } from "../answers/redact-secrets.ts";
import { RequestError } from "../answers/request-error.ts";
import { sendJson } from "../answers/send-response.ts";
import { type BodyOptions, readBody } from "../body/read-body.ts";
import { dropForeignThoughts } from "../dialects/drop-foreign-thoughts.ts";
import { estimateCall } from "../dialects/estimate-call.ts";
import { type CallTranslation, translateCall } from "../dialects/translate-call.ts";
import { forward } from "../forward/forward.ts";
import type { ForwardObserver, ForwardOptions } from "../forward/forward-options.ts";
import { listModels } from "../forward/models-list.ts";
import type { RateLimitBackoff } from "../forward/rate-limit-backoff.ts";
import type { SessionWatch } from "../forward/session-watch.ts";
import type { UpstreamHealth } from "../forward/upstream-health.ts";
import type { CallNotes } from "../observe/call-details.ts";
import type { RequestObserver } from "../observe/request-observer.ts";
import { DIALECT_PATHS } from "../routing/find-target.ts";
import { type Caller, type ModelCall, type ResolveOptions, resolveModel } from "../routing/resolve-model.ts";
import { splitUrl } from "../routing/route.ts";
import { requireUpstreamPath } from "../routing/upstream.ts";

/** The model's name comes from the caller, so its length is bounded. */
const MAX_MODEL_LENGTH = 100;
/** Paths that only count the tokens of a call, which costs nothing. */
const COUNTS = /\/(?:count|input)_tokens$/;

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
  readonly traceHeaders: ForwardOptions["traceHeaders"];
  /** Called once for each part of a request that an upstream turned out to refuse. */
  readonly onLearned: ForwardObserver["learned"];
  /**
   * Called before a request that may cost something goes to the upstream.
   * @throws RequestError if it may not
   */
  readonly onCall: (manager: TokenManager, call: BegunCall) => Promise<void> | void;
}

/** A request that may cost something. */
export interface BegunCall {
  /** False if it may be no model call. */
  readonly callsModel: boolean;
  readonly requestBytes: number;
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
    const prepared = prepareCall(call instanceof Promise ? await call : call, admitted);
    const ready = prepared instanceof Promise ? await prepared : prepared;
    if (ready) await forwardCall(ready, admitted, options);
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
  { watch, translates }: AnswerOptions,
): Promise<boolean> {
  const { modelId, named, session } = route;
  // So that the settings of a client can offer it every model.
  if (translates) response.setHeader("x-tokenflow-dialects", "on");
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
    sendJson(response, 200, modelsDocument(models, dialect, translates));
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

/** A call as it is forwarded. */
interface PreparedCall extends ModelCall {
  readonly translation?: CallTranslation | undefined;
}

/**
 * Translates a call whose path does not serve its model, and cleans one that needs no translation. Returns `undefined`
 * if the proxy itself has answered. Returns a promise only if there is something to do.
 */
function prepareCall(
  call: ModelCall,
  { route, response, notes }: AdmittedRequest,
): PreparedCall | Promise<PreparedCall | undefined> {
  const { body, target } = call;
  if (!body) return call;
  if (!target) {
    const dialect = dialectOfPath(route.path);
    const cleaned = dialect ? dropForeignThoughts(body, dialect) : body;
    return cleaned instanceof Promise ? cleaned.then((rest) => ({ ...call, body: rest })) : call;
  }
  const { from, to } = target;
  if (!DIALECT_ROUTES.has(route.path)) {
    notes.add({ translated: "estimate" });
    return estimateCall(body).then((count) => {
      sendJson(response, 200, count, { "x-tokenflow-estimate": "true" });
      return undefined;
    });
  }
  return translateCall(body, target).then((translation) => {
    const { left } = translation;
    notes.add({ translated: `${from} to ${to}`, ...(left.length > 0 ? { left } : {}) });
    response.setHeader("x-tokenflow-translated", `${from} to ${to}`);
    if (left.length > 0) response.setHeader("x-tokenflow-left", left.join(", "));
    return { ...call, body: translation.body, translation };
  });
}

const DIALECT_ROUTES: ReadonlySet<string> = new Set(Object.values(DIALECT_PATHS));

function forwardCall(
  { manager, body, model, target, translation }: PreparedCall,
  admitted: AdmittedRequest,
  { dispatcher, unpacker, keepAlive, backoff, health, learned, watch }: AnswerOptions,
): Promise<void> {
  const { id, route, caller, request, response, signal, observer, notes, traceHeaders } = admitted;
  const { onLearned, onCall } = admitted;
  const { kind, method, path, label, query } = route;
  const named = model ?? body?.outline?.model?.name;
  if (model !== undefined) observer.routed({ manager, route: label, model });
  if (named !== undefined) notes.add({ model: named.slice(0, MAX_MODEL_LENGTH) });
  if (kind !== "models") backoff.require(manager, model);
  const allowed =
    method === "POST" && !COUNTS.test(path)
      ? onCall(manager, {
          callsModel: kind === "call" || named !== undefined,
          requestBytes: body?.plainSize ?? 0,
        })
      : undefined;
  const options: ForwardOptions = {
    id,
    dialect: kind === "other" ? undefined : dialectOf(request),
    translation,
    manager,
    model,
    learned,
    caller,
    notes,
    traceHeaders,
    body,
    method,
    path:
      kind === "other" || route.modelId !== undefined
        ? path
        : requireUpstreamPath(manager.provider, target ? DIALECT_PATHS[target.to] : path),
    query: target ? "" : query,
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
  const send = (): Promise<void> => {
    const looked = watch.look(manager);
    const forwarded = looked ? looked.then(() => forward(dispatcher, options)) : forward(dispatcher, options);
    return forwarded.catch((error: unknown) => {
      if (!signal.aborted) health.failed(manager, error);
      throw error;
    });
  };
  return allowed ? allowed.then(send) : send();
}
