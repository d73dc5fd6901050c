import type { IncomingHttpHeaders } from "node:http";
import {
  type Attributes,
  type Context,
  context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { RequestTrace } from "../observe/proxy-telemetry.ts";
import type { RequestEnd, RequestStart } from "../observe/request-observer.ts";
import { sessionId } from "../routing/session-name.ts";
import type { CallMetrics } from "./call-metrics.ts";
import * as conventions from "./conventions.ts";

export interface RequestTraceOptions {
  readonly tracer: Tracer;
  readonly callMetrics: CallMetrics;
}

/** A model call that was sent. */
interface Call {
  readonly span: Span;
  readonly context: Context;
  /** By the monotonic clock, in milliseconds. */
  readonly start: number;
  /** Those of the span that the metrics have too. */
  readonly attributes: Attributes;
  resends: number;
}

type Target = Parameters<RequestTrace["routed"]>[0];

/** The model's name comes from the caller, so its length is bounded. */
const MAX_MODEL_LENGTH = 100;

/** Begins the span of a request, below the span that the caller names. Its model call gets a span of its own. */
export function createRequestTrace(
  { method }: RequestStart,
  headers: IncomingHttpHeaders,
  { tracer, callMetrics }: RequestTraceOptions,
): RequestTrace {
  const parent = propagation.extract(ROOT_CONTEXT, headers);
  const attributes = { [conventions.METHOD]: method };
  const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, parent);
  const spanContext = trace.setSpan(parent, span);
  let target: Target | undefined;
  let call: Call | undefined;

  const startCall = ({ manager, route, model }: Target): Call | undefined => {
    const operation = conventions.OPERATIONS[route];
    if (operation === undefined) return undefined;
    const called: Attributes = {
      [conventions.OPERATION]: operation,
      [conventions.PROVIDER]: manager.provider.id,
      ...(model === undefined ? {} : { [conventions.REQUEST_MODEL]: model.slice(0, MAX_MODEL_LENGTH) }),
    };
    const name = `${operation} ${model?.slice(0, MAX_MODEL_LENGTH) ?? ""}`.trimEnd();
    const child = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes: called }, spanContext);
    const start = performance.now();
    return { span: child, context: trace.setSpan(spanContext, child), start, attributes: called, resends: 0 };
  };

  return {
    run: (work) => context.with(spanContext, work),
    upstreamHeaders() {
      const carrier: Record<string, string> = {};
      propagation.inject(call?.context ?? spanContext, carrier);
      return carrier;
    },
    identified: (key) => void span.setAttribute("tokenflow.key", key),
    admitted: () => void span.addEvent("tokenflow.admitted"),
    received: () => undefined,
    routed(next) {
      target = next;
      span.updateName(`${method} ${next.route}`);
      span.setAttributes({ [conventions.ROUTE]: next.route, "tokenflow.session": sessionId(next.manager) });
    },
    sent() {
      if (call) call.resends += 1;
      else call = target && startCall(target);
    },
    answered(status, answer) {
      const isStream = /^text\/event-stream\b/i.test(answer["content-type"] ?? "");
      call?.span.setAttributes({ [conventions.STATUS]: status, [conventions.REQUEST_STREAM]: isStream });
    },
    ended(end) {
      if (call) endCall(call, end, callMetrics);
      const { status, outcome, code } = end;
      span.setAttribute("tokenflow.outcome", outcome);
      if (status !== undefined) span.setAttribute(conventions.STATUS, status);
      // The errors of a caller are none of the server's.
      if ((status ?? 0) >= 500 || outcome === "cut") fail(span, code ?? errorTypeOf(end) ?? "_OTHER");
      span.end();
    },
  };
}

function endCall(
  { span, start, attributes, resends }: Call,
  end: RequestEnd,
  callMetrics: CallMetrics,
): void {
  const { details, outcome, status = 0 } = end;
  const { inputTokens, cachedTokens, outputTokens, reasoningTokens, credits, interaction } = details;
  const facts = {
    [conventions.INPUT_TOKENS]: inputTokens,
    [conventions.CACHED_TOKENS]: cachedTokens,
    [conventions.OUTPUT_TOKENS]: outputTokens,
    [conventions.REASONING_TOKENS]: reasoningTokens,
    [conventions.CONVERSATION]: interaction,
    [conventions.RESENDS]: resends === 0 ? undefined : resends,
    "tokenflow.credits": credits,
  };
  span.setAttributes(facts);
  const errorType = errorTypeOf(end);
  if (errorType !== undefined) fail(span, errorType);
  span.end();
  const { [conventions.REQUEST_MODEL]: _model, ...bounded } = attributes;
  // A refused name of a model is the caller's text, of which there is no end.
  const measured = status >= 400 ? bounded : attributes;
  callMetrics.record(
    performance.now() - start,
    errorType === undefined ? measured : { ...measured, [conventions.ERROR_TYPE]: errorType },
    errorType === undefined && outcome === "finished" ? details : undefined,
  );
}

function errorTypeOf({ outcome, status, code, details }: RequestEnd): string | undefined {
  if (outcome === "left") return "caller_disconnected";
  if (outcome === "cut") return code ?? "cut";
  return (status ?? 0) < 400 ? undefined : (code ?? details.upstreamCode ?? String(status));
}

function fail(span: Span, errorType: string): void {
  span.setAttribute(conventions.ERROR_TYPE, errorType).setStatus({ code: SpanStatusCode.ERROR });
}
