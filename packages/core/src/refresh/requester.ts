import type { Clock } from "../base/clock.ts";
import type { EventBody, TokenFlowEvent } from "../base/events.ts";
import type { Call } from "../contracts/call.ts";
import type { Provider } from "../contracts/provider.ts";
import { createHttp } from "../http/create-http.ts";
import type { RedemptionIntent } from "../record/record.ts";

/**
 * The manager on whose behalf shared work is done: its provider, its requests and its listener. A session is
 * shared by all managers over one store object, so each piece of work is told by whom it was asked for.
 */
export interface Requester {
  readonly provider: Provider;
  readonly account: string;
  /** Carries no signal: a redemption that was sent is never given up. */
  readonly call: Call;
  /** The source of jitter. */
  readonly random: () => number;
  /**
   * Runs work that nobody awaits. It is registered with the platform first; if the platform refuses, it does not begin,
   * and the result is false. Never throws.
   */
  readonly inBackground: (act: () => Promise<unknown>) => boolean;
  /** Calls the manager's listener. Never throws. */
  readonly emit: (event: EventBody) => void;
  /** Emits `session.interrupted` at most once per intent. */
  readonly emitInterruptedOnce: (intent: RedemptionIntent) => void;
}

export interface RequesterOptions {
  readonly provider: Provider;
  readonly account: string;
  readonly clock: Clock;
  readonly fetch?: typeof fetch | undefined;
  /** Keeps the platform from freezing the program until the promise settles. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  readonly onEvent?: ((event: TokenFlowEvent) => void) | undefined;
}

export function createRequester({
  provider,
  account,
  clock,
  fetch,
  waitUntil,
  onEvent,
}: RequesterOptions): Requester {
  let lastReportedIntentAt: number | undefined;
  const emit = (event: EventBody): void => {
    try {
      onEvent?.({ ...event, at: clock.now(), provider: provider.id, account });
    } catch {
      // A listener that throws changes nothing.
    }
  };
  return {
    provider,
    account,
    call: { http: createHttp({ fetch, clock }), clock },
    random: Math.random,
    inBackground(act) {
      const ended = Promise.withResolvers<void>();
      try {
        waitUntil?.(ended.promise);
      } catch {
        return false;
      }
      void act().then(
        () => ended.resolve(),
        () => ended.resolve(),
      );
      return true;
    },
    emit,
    emitInterruptedOnce({ owner, at }) {
      if (lastReportedIntentAt === at) return;
      lastReportedIntentAt = at;
      emit({ type: "session.interrupted", owner, interruptedAt: at });
    },
  };
}
