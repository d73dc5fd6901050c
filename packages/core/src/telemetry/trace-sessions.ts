import { type Attributes, context, SpanStatusCode, type Tracer, trace } from "@opentelemetry/api";
import type { RefreshPhases, TokenFlowEvent } from "../base/events.ts";
import { version } from "../http/create-http.ts";

export interface TraceSessionsOptions {
  /**
   * Creates the spans.
   * @default the tracer `@tokenflow/core` of the registered provider
   * @example trace.getTracer("my-app")
   */
  readonly tracer?: Tracer | undefined;
}

/** The parts of a refresh, in their order. */
const PHASES = ["lock", "intent", "redeem", "commit"] as const satisfies readonly (keyof RefreshPhases)[];

interface SpanFacts {
  readonly name: string;
  /** In milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Attributes;
  /** The code of the error that ended the work. */
  readonly code?: string | undefined;
}

/**
 * Returns a listener for `onEvent`. It creates a span for each sign-in and each refresh when that has ended, below the
 * span that is active where the work was asked for. Attributes contain no secret.
 * @example
 * const manager = createTokenManager({ provider, onEvent: traceSessions() });
 */
export function traceSessions({ tracer }: TraceSessionsOptions = {}): (event: TokenFlowEvent) => void {
  const add = (facts: SpanFacts, parent = context.active()): typeof parent => {
    const { name, start, end, attributes, code } = facts;
    // Looked up each time: the provider may be registered after this listener was created.
    const spans = tracer ?? trace.getTracer("@tokenflow/core", version);
    const span = spans.startSpan(name, { startTime: start, attributes }, parent);
    if (code !== undefined) span.setAttribute("error.type", code).setStatus({ code: SpanStatusCode.ERROR });
    span.end(end);
    return trace.setSpan(parent, span);
  };

  return (event) => {
    const { at, provider, account } = event;
    const attributes = { "tokenflow.provider": provider, "tokenflow.account": account };
    const code = "code" in event ? event.code : undefined;
    if (event.type === "signin.finished" || event.type === "signin.failed") {
      add({ name: "tokenflow.sign_in", start: at - event.duration, end: at, attributes, code });
    }
    if (
      event.type !== "token.refreshed" &&
      event.type !== "refresh.failed" &&
      event.type !== "session.revoked"
    )
      return;
    const { phases, cause } = event;
    const start = at - PHASES.reduce((sum, phase) => sum + phases[phase], 0);
    const refresh = add({
      name: "tokenflow.refresh",
      start,
      end: at,
      attributes: { ...attributes, "tokenflow.refresh.cause": cause },
      code: event.type === "session.revoked" ? event.type : code,
    });
    let from = start;
    for (const phase of PHASES) {
      const end = from + phases[phase];
      add({ name: `tokenflow.refresh.${phase}`, start: from, end, attributes }, refresh);
      from = end;
    }
  };
}
