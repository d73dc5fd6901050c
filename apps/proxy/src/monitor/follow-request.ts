import type { Clock } from "@tokenflow/core";
import type { RequestEnd, RequestObserver } from "../request-observer.ts";
import { sessionId } from "../session-name.ts";
import type { Metrics } from "./create-metrics.ts";
import type { LiveRequest } from "./live-requests.ts";

export interface FollowOptions {
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Something to show is different. */
  readonly changed: (request: LiveRequest) => void;
  readonly ended: (request: LiveRequest, end: RequestEnd) => void;
}

/** A model's name comes from the caller. */
const LONGEST_MODEL = 100;

/** Keeps what there is to show of one request, and measures it. */
export function followRequest(
  request: LiveRequest,
  { clock, metrics, changed, ended }: FollowOptions,
): RequestObserver {
  let received = request.since;
  let sent: number | undefined;
  return {
    identified(key) {
      request.key = key;
    },
    routed({ manager, route, model }) {
      request.session = sessionId(manager);
      request.route = route;
      if (model !== undefined) request.model = model.slice(0, LONGEST_MODEL);
      changed(request);
    },
    admitted() {
      request.phase = "waiting";
      metrics.queued(clock.elapsed() - request.since);
      changed(request);
    },
    received() {
      received = clock.elapsed();
    },
    sent() {
      const now = clock.elapsed();
      if (sent === undefined) metrics.added(request.route, now - received);
      else metrics.retried(request.session);
      sent = now;
      request.phase = "waiting";
    },
    answered(status) {
      const now = clock.elapsed();
      metrics.answered(request.session, now - (sent ?? received));
      request.phase = "answering";
      request.status = status;
      request.firstByte = now - request.since;
      changed(request);
    },
    ended(end) {
      metrics.ended(request, end);
      ended(request, end);
    },
  };
}
