import type { Clock, TokenFlowEvent } from "@tokenflow/core";
import { Counter, Gauge, Registry } from "prom-client";
import type { ObservedProxy, RequestEnd } from "../observe/request-observer.ts";
import { sessionId } from "../routing/session-name.ts";
import { createFastHistogram } from "./fast-histogram.ts";
import type { LiveRequest } from "./live-requests.ts";

/** What `/metrics` tells: numbers, and names of sessions, routes and keys. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Times are in milliseconds. */
  queued(wait: number): void;
  added(route: string, time: number): void;
  answered(session: string | undefined, time: number): void;
  retried(session: string | undefined): void;
  ended(request: Pick<LiveRequest, "method" | "route" | "session">, end: RequestEnd): void;
  onEvent(event: TokenFlowEvent): void;
}

/** In seconds: a model's first byte takes from a tenth to minutes, what we add is a thousandth. */
const FIRST_BYTE = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const ADDED = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];
const NO_SESSION = "none";

/**
 * @param proxy answers `undefined` before the proxy listens
 * @param answering how many requests the upstreams are answering now
 */
export function createMetrics(
  clock: Clock,
  proxy: () => ObservedProxy | undefined,
  answering: () => number,
): Metrics {
  const registry = new Registry();
  const registers = [registry];

  /** What ended, by all that counters tell apart; told to them when somebody asks. */
  const tallies = new Map<string, LabelledCount>();
  let last: LabelledCount | undefined;
  const rowOf = (labels: LabelledCount["labels"]): LabelledCount => {
    const name = Object.values(labels).join(" ");
    const tally = tallies.get(name) ?? { labels, requests: 0, bytes: 0 };
    tallies.set(name, tally);
    return tally;
  };
  const requests: Counter = new Counter({
    name: "tokenflow_requests_total",
    help: "Requests by route, session and status; status 0 where nothing was answered.",
    labelNames: ["method", "route", "session", "status", "outcome"],
    registers,
    collect() {
      requests.reset();
      for (const { labels, requests: count } of tallies.values()) requests.inc(labels, count);
    },
  });
  const redemptions = new Counter({
    name: "tokenflow_redemptions_total",
    help: "Redemptions of this process by result: ok, or the code of the failure.",
    labelNames: ["session", "result"],
    registers,
  });
  const retries = new Counter({
    name: "tokenflow_retries_total",
    help: "Second tries after the upstream refused the token.",
    labelNames: ["session"],
    registers,
  });
  const bytes: Counter = new Counter({
    name: "tokenflow_answer_bytes_total",
    help: "Bytes of answers, as they went over the wire.",
    labelNames: ["route"],
    registers,
    collect() {
      bytes.reset();
      for (const { labels, bytes: count } of tallies.values()) bytes.inc({ route: labels.route }, count);
    },
  });
  const answered = createFastHistogram({
    name: "tokenflow_upstream_first_byte_seconds",
    help: "From the request to the upstream to the head of its answer.",
    labelName: "session",
    bounds: FIRST_BYTE,
    registry,
  });
  const added = createFastHistogram({
    name: "tokenflow_added_latency_seconds",
    help: "From the whole request in hand to the request to the upstream, a wait for a token included.",
    labelName: "route",
    bounds: ADDED,
    registry,
  });
  const queued = createFastHistogram({
    name: "tokenflow_queue_wait_seconds",
    help: "How long requests waited for their turn.",
    bounds: ADDED,
    registry,
  });
  const gauge = (name: string, help: string, read: (live: ObservedProxy) => number): void => {
    const made: Gauge = new Gauge({ name, help, registers, collect: () => made.set(readLive(read)) });
  };
  const readLive = (read: (live: ObservedProxy) => number): number => {
    const live = proxy();
    return live ? read(live) : 0;
  };
  gauge("tokenflow_requests_running", "Requests that have a place.", ({ queue }) => queue.running);
  gauge("tokenflow_queue_waiting", "Requests that wait for a place.", ({ queue }) => queue.waiting);
  gauge("tokenflow_open_streams", "Answers that the upstream is sending.", answering);

  const tokenGauge = (name: string, help: string, read: (token: TokenTimes) => number | undefined): void => {
    const made: Gauge = new Gauge({
      name,
      help,
      labelNames: ["session"],
      registers,
      collect() {
        made.reset();
        for (const { manager } of proxy()?.sessions ?? []) {
          const token = manager.peek();
          const value = token && read(token);
          if (value !== undefined) made.set({ session: sessionId(manager) }, value / 1000);
        }
      },
    });
  };
  tokenGauge(
    "tokenflow_token_age_seconds",
    "Age of the token in use; absent without one.",
    ({ issuedAt }) => clock.now() - issuedAt,
  );
  tokenGauge(
    "tokenflow_token_expires_in_seconds",
    "Time to the end of the token in use; absent without one.",
    ({ expiresAt }) => (expiresAt === undefined ? undefined : expiresAt - clock.now()),
  );

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    queued: (wait) => queued(wait),
    added: (route, time) => added(time, route),
    answered: (session = NO_SESSION, time) => answered(time, session),
    retried: (session = NO_SESSION) => retries.inc({ session }),
    ended({ method, route, session = NO_SESSION }, { status = 0, outcome, bytes: written }) {
      const labels = { method, route, session, status, outcome };
      // Most are as the one before, and finding a row takes longer than looking at it.
      if (!last || !isSame(last.labels, labels)) last = rowOf(labels);
      last.requests += 1;
      last.bytes += written;
    },
    onEvent(event) {
      const session = `${event.provider}/${event.account}`;
      if (event.type === "token.refreshed") redemptions.inc({ session, result: "ok" });
      if (event.type === "refresh.failed") redemptions.inc({ session, result: event.code });
    },
  };
}

interface LabelledCount {
  readonly labels: Pick<LiveRequest, "method" | "route"> &
    Pick<RequestEnd, "outcome"> & { readonly session: string; readonly status: number };
  requests: number;
  bytes: number;
}

function isSame(a: LabelledCount["labels"], b: LabelledCount["labels"]): boolean {
  return (
    a.status === b.status &&
    a.route === b.route &&
    a.session === b.session &&
    a.method === b.method &&
    a.outcome === b.outcome
  );
}

interface TokenTimes {
  readonly issuedAt: number;
  readonly expiresAt?: number | undefined;
}
