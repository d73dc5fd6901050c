import type { IncomingHttpHeaders } from "node:http";
import type { RequestObserver, RequestStart } from "./request-observer.ts";

/** Traces requests. Created by `createTelemetry` of `@tokenflow/proxy/telemetry`. */
export interface ProxyTelemetry {
  /** Called for each request, except health checks and requests to the monitor. */
  onRequest(start: RequestStart, headers: IncomingHttpHeaders): RequestTrace;
}

/** The spans of one request. */
export interface RequestTrace extends RequestObserver {
  /** Runs work. A span that begins in it belongs below the request's. */
  run<Result>(work: () => Result): Result;
  /** Returns the headers with which the upstream's spans belong below the one of this request. */
  upstreamHeaders(): Readonly<Record<string, string>>;
}

/** Passes every event on to both. */
export function observeBoth(first: RequestObserver, second: RequestObserver): RequestObserver {
  return {
    identified(key) {
      first.identified(key);
      second.identified(key);
    },
    admitted() {
      first.admitted();
      second.admitted();
    },
    routed(target) {
      first.routed(target);
      second.routed(target);
    },
    received() {
      first.received();
      second.received();
    },
    sent() {
      first.sent();
      second.sent();
    },
    answered(status, headers) {
      first.answered(status, headers);
      second.answered(status, headers);
    },
    ended(end) {
      first.ended(end);
      second.ended(end);
    },
  };
}
