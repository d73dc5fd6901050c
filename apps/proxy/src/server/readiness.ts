import type { SessionState } from "@tokenflow/core";
import type { KeyBrake } from "../access/key-brake.ts";
import type { RequestLimiter } from "../access/request-limiter.ts";
import type { BodyBudget } from "../body/body-budget.ts";
import type { RateLimitBackoff } from "../forward/rate-limit-backoff.ts";
import type { UpstreamHealth } from "../forward/upstream-health.ts";
import type { ProxySession } from "../routing/route.ts";
import { sessionName } from "../routing/session-name.ts";

/** The response of `/readyz`. A caller without the key sees only the status. */
export interface Readiness {
  readonly status: "ready" | "not_ready" | "closing";
  /** The reason, if the proxy is not ready. */
  readonly why?: string | undefined;
  /** The state of each session, by `copilot` or `copilot@work`. */
  readonly sessions: Readonly<Record<string, SessionState>>;
  /** The result of the last request to each upstream. */
  readonly upstreams: Readonly<Record<string, "reached" | "unreachable" | "limited" | "unknown">>;
  readonly queue: "open" | "full";
  readonly budgets: {
    /** The bytes of request bodies in memory, and how many there may be. */
    readonly bodyBytes: number;
    readonly bodyBudget: number;
    /** The number of requests that were refused for their body so far. */
    readonly refusedBodies: number;
    /** The number of wrong keys so far. */
    readonly refusedKeys: number;
  };
}

export interface ReadinessOptions {
  readonly sessions: readonly ProxySession[];
  readonly limits: RequestLimiter;
  readonly budget: BodyBudget;
  readonly brake: KeyBrake;
  readonly backoff: RateLimitBackoff;
  readonly health: UpstreamHealth;
  readonly isClosing: boolean;
}

/** The states in which the next request gets a token, possibly after a refresh. */
const USABLE: ReadonlySet<SessionState> = new Set(["valid", "due", "expired", "refreshing"]);

/**
 * Reports ready if at least one session can serve; a person need not sign in to all of them. A rate limit and an
 * unreachable upstream are reported but do not count: other models may be served, and only a request can find out
 * that the upstream is reachable again.
 */
export async function readReadiness(options: ReadinessOptions): Promise<Readiness> {
  const { sessions, limits, budget, brake, backoff, health, isClosing } = options;
  const checked = await Promise.all(
    sessions.map(async ({ manager }) => {
      const isLimited = backoff.until(manager) !== undefined;
      return {
        name: sessionName(manager),
        state: await stateOf(manager),
        upstream: isLimited ? ("limited" as const) : health.of(manager),
      };
    }),
  );
  const usable = checked.filter(({ state }) => USABLE.has(state));
  const why = isClosing
    ? "the proxy is closing"
    : usable.length === 0
      ? `no session can serve: ${checked.map(({ name, state }) => `${name} is ${state}`).join(", ")}`
      : limits.isFull
        ? "the queue is full"
        : undefined;
  return {
    status: isClosing ? "closing" : why === undefined ? "ready" : "not_ready",
    ...(why === undefined ? {} : { why }),
    sessions: Object.fromEntries(checked.map(({ name, state }) => [name, state])),
    upstreams: Object.fromEntries(checked.map(({ name, upstream }) => [name, upstream])),
    queue: limits.isFull ? "full" : "open",
    budgets: {
      bodyBytes: budget.used,
      bodyBudget: budget.limit,
      refusedBodies: Object.values(budget.refused).reduce((sum, count) => sum + count, 0),
      refusedKeys: brake.refused,
    },
  };
}

async function stateOf(manager: ProxySession["manager"]): Promise<SessionState> {
  try {
    const { state, failure } = await manager.status();
    // The token has expired and the last refresh failed, so there is no token until a refresh succeeds.
    return state === "expired" && failure ? "unavailable" : state;
  } catch {
    return "unavailable";
  }
}
