import type { RequestObserver } from "./request-observer.ts";

const nothing = (): void => undefined;

/** Where nobody watches. */
export const noopObserver: RequestObserver = {
  identified: nothing,
  admitted: nothing,
  routed: nothing,
  received: nothing,
  sent: nothing,
  answered: nothing,
  ended: nothing,
};
