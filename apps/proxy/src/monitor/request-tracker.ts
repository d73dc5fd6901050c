import type { Clock } from "@tokenflow/core";
import type { RequestEnd, RequestObserver } from "../observe/request-observer.ts";
import { sessionId } from "../routing/session-name.ts";
import type { Metrics } from "./create-metrics.ts";
import type { LiveRequest } from "./live-requests.ts";

export interface TrackerOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Called when a visible part of the request changed. */
  readonly onChange: (request: LiveRequest) => void;
  readonly onEnd: (request: LiveRequest, end: RequestEnd) => void;
}

/** The model's name comes from the caller, so its length is bounded. */
const MAX_MODEL_LENGTH = 100;

/** Updates the state of one request and measures its phases. */
export class RequestTracker implements RequestObserver {
  readonly #request: LiveRequest;
  readonly #options: TrackerOptions;
  #received: number;
  #sent: number | undefined;

  constructor(request: LiveRequest, options: TrackerOptions) {
    this.#request = request;
    this.#options = options;
    this.#received = request.monotonicStart;
  }

  identified(key: string): void {
    this.#request.key = key;
  }

  routed({ manager, route, model }: Parameters<RequestObserver["routed"]>[0]): void {
    const request = this.#request;
    request.session = sessionId(manager);
    request.route = route;
    if (model !== undefined) request.model = model.slice(0, MAX_MODEL_LENGTH);
    this.#options.onChange(request);
  }

  admitted(): void {
    const request = this.#request;
    const { clock, metrics, onChange } = this.#options;
    request.phase = "waiting";
    metrics.countQueueWait(clock.monotonicNow() - request.monotonicStart);
    onChange(request);
  }

  received(): void {
    this.#received = this.#options.clock.monotonicNow();
  }

  sent(): void {
    const request = this.#request;
    const { clock, metrics } = this.#options;
    const now = clock.monotonicNow();
    if (this.#sent === undefined) metrics.countAddedLatency(request.route, now - this.#received);
    else metrics.countRetry(request.session);
    this.#sent = now;
    request.phase = "waiting";
  }

  answered(status: number): void {
    const request = this.#request;
    const { clock, metrics, onChange } = this.#options;
    const now = clock.monotonicNow();
    metrics.countFirstByte(request.session, now - (this.#sent ?? this.#received));
    request.phase = "answering";
    request.status = status;
    request.firstByte = now - request.monotonicStart;
    onChange(request);
  }

  ended(end: RequestEnd): void {
    this.#options.metrics.countRequest(this.#request, end);
    this.#options.onEnd(this.#request, end);
  }
}
