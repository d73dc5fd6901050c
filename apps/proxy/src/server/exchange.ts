import type { IncomingMessage, ServerResponse } from "node:http";
import type { Auth, ProxyKey } from "../access/auth.ts";
import type { KeyBrake } from "../access/key-brake.ts";
import { type CallNotes, clientName } from "../observe/call-details.ts";
import type { RequestTrace } from "../observe/proxy-telemetry.ts";
import type { ProxyUsage } from "../observe/proxy-usage.ts";
import type { RequestEnd, RequestObserver } from "../observe/request-observer.ts";

/** One request and its state. */
export interface Exchange {
  /** As the log has it. */
  readonly id: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  /** True for a request to the monitor. */
  readonly isForMonitor: boolean;
  readonly observer: RequestObserver;
  readonly trace: RequestTrace | undefined;
  /** Aborts when the caller disconnects. */
  readonly signal: AbortSignal;
  /** For the log. */
  key: ProxyKey | undefined;
  /** The session that the request went to, if its answer may cost something. */
  session: string | undefined;
  /** False if it may be no model call: its path is none of the known ones, and its body names no model. */
  callsModel: boolean;
  /** The size of its body, without its encoding. */
  requestBytes: number;
  readonly notes: CallNotes;
  /** Releases the request's slot. */
  release: () => void;
}

/**
 * Returns the headers of this request's trace, or those of the caller if there are no spans here. No others: a caller's
 * `baggage` is none of the upstream's business.
 */
export function traceHeadersOf({
  trace,
  request: { headers },
}: Pick<Exchange, "trace" | "request">): Readonly<Record<string, string>> {
  const { traceparent, tracestate } = trace ? trace.upstreamHeaders() : headers;
  return {
    ...(traceparent === undefined ? {} : { traceparent: String(traceparent) }),
    ...(tracestate === undefined ? {} : { tracestate: String(tracestate) }),
  };
}

/**
 * Counts a model call that reached the upstream. An upstream asks no money for an error. An answer that was lost
 * may have cost something. A request that may be no model call counts if its answer tells figures, is no JSON, or was
 * lost. Returns a promise as long as the call does not count for all who share a budget.
 */
export function recordUsage(
  { key, session, callsModel, requestBytes, notes, request }: Exchange,
  { outcome, bytes, details }: Pick<RequestEnd, "outcome" | "bytes" | "details">,
  usage: ProxyUsage | undefined,
): Promise<void> | void {
  if (!usage || session === undefined || !notes.wasSent() || (notes.upstreamStatus() ?? 0) >= 400) return;
  const { model, interaction, interrupted, ...figures } = details;
  // The proxy's own error may stand for an answer that was lost.
  const isComplete = outcome === "finished" && notes.upstreamStatus() !== undefined && !interrupted;
  const isTold = figures.inputTokens !== undefined || figures.credits !== undefined;
  if (!callsModel && isComplete && !isTold && notes.isJson()) return;
  return usage.record({
    ...figures,
    key: key?.name,
    session,
    model,
    client: clientName(request.headers["user-agent"]),
    conversation: interaction,
    requestBytes,
    answerBytes: bytes,
    isComplete,
  });
}

interface KeyOptions {
  readonly auth: Pick<Auth, "presentsKey">;
  readonly brake: KeyBrake;
}

/** @throws the error, later than at once if too many wrong keys came from this address */
export async function refuseKey(
  error: unknown,
  { request, signal }: Exchange,
  options: KeyOptions,
): Promise<never> {
  if (options.auth.presentsKey(request)) await options.brake.refuse(request.socket.remoteAddress, signal);
  throw error;
}
