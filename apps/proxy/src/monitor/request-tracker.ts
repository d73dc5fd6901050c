import type { Clock } from "@tokenflow/core";
import type { RequestEnd, RequestObserver } from "../observe/request-observer.ts";
import { sessionId } from "../routing/session-name.ts";
import type { Metrics } from "./create-metrics.ts";
import type { LiveRequest } from "./live-requests.ts";

export interface TrackerOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Something to show is different. */
  readonly changed: (request: LiveRequest) => void;
  readonly ended: (request: LiveRequest, end: RequestEnd) => void;
}

/** A model's name comes from the caller. */
const MAX_MODEL_LENGTH = 100;

/** Keeps what there is to show of one request, and measures it. */
export class RequestTracker implements RequestObserver {
  readonly #request: LiveRequest;
  readonly #options: TrackerOptions;
  #received: number;
  #sent: number | undefined;

  constructor(request: LiveRequest, options: TrackerOptions) {
    this.#request = request;
    this.#options = options;
    this.#received = request.since;
  }

  identified(key: string): void {
    this.#request.key = key;
  }

  routed({ manager, route, model }: Parameters<RequestObserver["routed"]>[0]): void {
    const request = this.#request;
    request.session = sessionId(manager);
    request.route = route;
    if (model !== undefined) request.model = model.slice(0, MAX_MODEL_LENGTH);
    this.#options.changed(request);
  }

  admitted(): void {
    const request = this.#request;
    const { clock, metrics, changed } = this.#options;
    request.phase = "waiting";
    metrics.queued(clock.monotonicNow() - request.since);
    changed(request);
  }

  received(): void {
    this.#received = this.#options.clock.monotonicNow();
  }

  sent(): void {
    const request = this.#request;
    const { clock, metrics } = this.#options;
    const now = clock.monotonicNow();
    if (this.#sent === undefined) metrics.added(request.route, now - this.#received);
    else metrics.retried(request.session);
    this.#sent = now;
    request.phase = "waiting";
  }

  answered(status: number): void {
    const request = this.#request;
    const { clock, metrics, changed } = this.#options;
    const now = clock.monotonicNow();
    metrics.answered(request.session, now - (this.#sent ?? this.#received));
    request.phase = "answering";
    request.status = status;
    request.firstByte = now - request.since;
    changed(request);
  }

  ended(end: RequestEnd): void {
    this.#options.metrics.ended(this.#request, end);
    this.#options.ended(this.#request, end);
  }
}
