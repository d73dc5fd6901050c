import type { Clock, TokenFlowEvent, TokenManager } from "@tokenflow/core";
import { Counter, Gauge, Registry } from "prom-client";
import type { ObservedProxy } from "../observe/proxy-monitor.ts";
import type { RequestEnd } from "../observe/request-observer.ts";
import { sessionId } from "../routing/session-name.ts";
import { createFastHistogram } from "./fast-histogram.ts";
import type { LiveRequest } from "./live-requests.ts";
import type { UsageView } from "./proxy-status.ts";
import { createQuotaMetrics } from "./quota-metrics.ts";
import { createRedemptionMetrics } from "./redemption-metrics.ts";
import { createTokenMetrics } from "./token-metrics.ts";

/** The metrics of `/metrics`. Labels are sessions, routes and statuses, never text from a caller. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Times are in milliseconds. */
  countQueueWait(time: number): void;
  countAddedLatency(route: string, time: number): void;
  countFirstByte(session: string | undefined, time: number): void;
  countRetry(session: string | undefined): void;
  countRequest(request: Pick<LiveRequest, "method" | "route" | "session">, end: RequestEnd): void;
  onEvent(event: TokenFlowEvent): void;
}

/** Bucket bounds in seconds. A model's first byte takes from 0.1 s to minutes; the proxy adds about 1 ms. */
const FIRST_BYTE = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const ADDED = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];
const NO_SESSION = "none";

export interface MetricsSources {
  /** Returns the number of responses that upstreams are sending now. */
  readonly openStreams: () => number;
  /** Returns what is known of a session's quotas. It may ask for them in the background. */
  readonly usageOf: (manager: TokenManager) => Promise<UsageView | undefined>;
}

/**
 * @param proxy returns `undefined` before the proxy listens
 */
export function createMetrics(
  clock: Clock,
  proxy: () => ObservedProxy | undefined,
  { openStreams, usageOf }: MetricsSources,
): Metrics {
  const registry = new Registry();
  const registers = [registry];

  /** Completed requests by label set; copied into the counters on scrape. */
  const tallies = new Map<string, LabelledCount>();
  let last: LabelledCount | undefined;
  const tallyOf = (labels: LabelledCount["labels"]): LabelledCount => {
    const name = Object.values(labels).join(" ");
    const tally = tallies.get(name) ?? { labels, requests: 0, bytes: 0 };
    tallies.set(name, tally);
    return tally;
  };
  const requests: Counter = new Counter({
    name: "tokenflow_requests_total",
    help: "Requests by route, session and status; status 0 if no response was sent.",
    labelNames: ["method", "route", "session", "status", "outcome"],
    registers,
    collect() {
      requests.reset();
      for (const { labels, requests: count } of tallies.values()) requests.inc(labels, count);
    },
  });
  const redemptions = createRedemptionMetrics(registers, () => proxy()?.sessions ?? []);
  const retries = new Counter({
    name: "tokenflow_retries_total",
    help: "Retries after the upstream rejected the token.",
    labelNames: ["session"],
    registers,
  });
  const bytes: Counter = new Counter({
    name: "tokenflow_answer_bytes_total",
    help: "Bytes of responses, as sent over the wire.",
    labelNames: ["route"],
    registers,
    collect() {
      bytes.reset();
      for (const { labels, bytes: count } of tallies.values()) bytes.inc({ route: labels.route }, count);
    },
  });
  const credits = new Counter({
    name: "tokenflow_credits_total",
    help: "Credits that the upstreams' answers have cost, if they tell it.",
    labelNames: ["session"],
    registers,
  });
  createQuotaMetrics(registers, async () =>
    Promise.all(
      (proxy()?.sessions ?? []).map(async ({ manager }) => ({
        session: sessionId(manager),
        usage: await usageOf(manager),
      })),
    ),
  );
  const observeFirstByte = createFastHistogram({
    name: "tokenflow_upstream_first_byte_seconds",
    help: "From the request to the upstream to the headers of its response.",
    labelName: "session",
    bounds: FIRST_BYTE,
    registry,
  });
  const observeAddedLatency = createFastHistogram({
    name: "tokenflow_added_latency_seconds",
    help: "From the last byte of the request to the request to the upstream, including a wait for a token.",
    labelName: "route",
    bounds: ADDED,
    registry,
  });
  const observeQueueWait = createFastHistogram({
    name: "tokenflow_queue_wait_seconds",
    help: "How long requests waited in the queue.",
    bounds: ADDED,
    registry,
  });
  const gauge = (name: string, help: string, read: (live: ObservedProxy) => number): void => {
    const metric: Gauge = new Gauge({ name, help, registers, collect: () => metric.set(readLive(read)) });
  };
  const readLive = (read: (live: ObservedProxy) => number): number => {
    const live = proxy();
    return live ? read(live) : 0;
  };
  gauge("tokenflow_requests_running", "Requests that have a slot.", ({ queue }) => queue.running);
  gauge("tokenflow_queue_waiting", "Requests that wait for a slot.", ({ queue }) => queue.waiting);
  gauge("tokenflow_open_streams", "Responses that upstreams are sending.", openStreams);

  gauge("tokenflow_body_bytes", "Bytes of request bodies in memory.", ({ bodies }) => bodies.used);
  gauge(
    "tokenflow_body_budget_bytes",
    "The most bytes of request bodies in memory.",
    ({ bodies }) => bodies.limit,
  );
  const refusedBodies: Counter = new Counter({
    name: "tokenflow_bodies_refused_total",
    help: "Requests that were refused for their body, by reason: memory, size, unpacked or depth.",
    labelNames: ["reason"],
    registers,
    collect() {
      refusedBodies.reset();
      for (const [reason, count] of Object.entries(proxy()?.bodies.refused ?? {})) {
        refusedBodies.inc({ reason }, count);
      }
    },
  });
  const refusedKeys: Counter = new Counter({
    name: "tokenflow_keys_refused_total",
    help: "Wrong keys that callers presented.",
    registers,
    collect() {
      refusedKeys.reset();
      refusedKeys.inc(readLive((live) => live.refusedKeys));
    },
  });

  createTokenMetrics(registers, clock, () => (proxy()?.sessions ?? []).map(({ manager }) => manager));

  return {
    contentType: registry.contentType,
    text() {
      redemptions.begin();
      return registry.metrics();
    },
    countQueueWait: (time) => observeQueueWait(time),
    countAddedLatency: (route, time) => observeAddedLatency(time, route),
    countFirstByte: (session = NO_SESSION, time) => observeFirstByte(time, session),
    countRetry: (session = NO_SESSION) => retries.inc({ session }),
    countRequest({ method, route, session = NO_SESSION }, { status = 0, outcome, bytes: written, details }) {
      const labels = { method, route, session, status, outcome };
      // Most requests have the labels of the last one, and comparing is faster than a lookup.
      if (!last || !isSame(last.labels, labels)) last = tallyOf(labels);
      last.requests += 1;
      last.bytes += written;
      if (details?.credits !== undefined) credits.inc({ session }, details.credits);
    },
    onEvent: (event) => redemptions.onEvent(event),
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
