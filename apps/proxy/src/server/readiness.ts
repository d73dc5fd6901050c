import type { SessionState } from "@tokenflow/core";
import type { RequestLimiter } from "../access/request-limiter.ts";
import type { RateLimitBackoff } from "../forward/rate-limit-backoff.ts";
import type { UpstreamHealth } from "../forward/upstream-health.ts";
import type { ProxySession } from "../routing/route.ts";

/** Whether requests can be answered, and why not. A stranger to a proxy with keys is told the status alone. */
export interface Readiness {
  readonly status: "ready" | "not_ready" | "closing";
  /** Absent where it is ready: why it is not, in words. */
  readonly why?: string | undefined;
  /** Each session's token, by `copilot` or `copilot@work`. */
  readonly sessions: Readonly<Record<string, SessionState>>;
  /** What the last request to each upstream met. */
  readonly upstreams: Readonly<Record<string, "reached" | "unreachable" | "limited" | "unknown">>;
  readonly queue: "open" | "full";
}

export interface ReadinessOptions {
  readonly sessions: readonly ProxySession[];
  readonly limits: RequestLimiter;
  readonly backoff: RateLimitBackoff;
  readonly health: UpstreamHealth;
  readonly isClosing: () => boolean;
}

/** The states in which the next request gets a token, or has one renewed. */
const USABLE: ReadonlySet<SessionState> = new Set(["valid", "due", "expired", "refreshing"]);

/**
 * Ready when one session can serve: which of them a person signs in to is their choice. An upstream that was
 * not reached is told but does not count: only a request can find out that it is back.
 */
export async function readReadiness(options: ReadinessOptions): Promise<Readiness> {
  const { sessions, limits, backoff, health, isClosing } = options;
  const seen = await Promise.all(
    sessions.map(async ({ manager }) => {
      const { provider, account } = manager;
      const isLimited = backoff.until(manager) !== undefined;
      return {
        name: account === "default" ? provider.id : `${provider.id}@${account}`,
        state: await stateOf(manager),
        upstream: isLimited ? ("limited" as const) : health.of(manager),
      };
    }),
  );
  const usable = seen.filter(({ state }) => USABLE.has(state));
  const why = isClosing()
    ? "it is closing"
    : usable.length === 0
      ? `no session can serve: ${seen.map(({ name, state }) => `${name} is ${state}`).join(", ")}`
      : usable.every(({ upstream }) => upstream === "limited")
        ? "every session that could serve is limited by its upstream"
        : limits.isFull
          ? "the queue is full"
          : undefined;
  return {
    status: isClosing() ? "closing" : why === undefined ? "ready" : "not_ready",
    ...(why === undefined ? {} : { why }),
    sessions: Object.fromEntries(seen.map(({ name, state }) => [name, state])),
    upstreams: Object.fromEntries(seen.map(({ name, upstream }) => [name, upstream])),
    queue: limits.isFull ? "full" : "open",
  };
}

async function stateOf(manager: ProxySession["manager"]): Promise<SessionState> {
  try {
    const { state, failure } = await manager.status();
    // Run out, and the last attempt to renew it failed: nothing to serve until the next one.
    return state === "expired" && failure ? "unavailable" : state;
  } catch {
    return "unavailable";
  }
}
