import type { RequestObserver } from "../request-observer.ts";

/** Tells two what one is told. */
export function bothObservers(one: RequestObserver, other: RequestObserver): RequestObserver {
  return {
    identified(key) {
      one.identified(key);
      other.identified(key);
    },
    admitted() {
      one.admitted();
      other.admitted();
    },
    routed(target) {
      one.routed(target);
      other.routed(target);
    },
    received() {
      one.received();
      other.received();
    },
    sent() {
      one.sent();
      other.sent();
    },
    answered(status, headers) {
      one.answered(status, headers);
      other.answered(status, headers);
    },
    ended(end) {
      one.ended(end);
      other.ended(end);
    },
  };
}
