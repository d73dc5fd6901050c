import type { Clock } from "@tokenflow/core";
import type { ProxyKey } from "../access/auth.ts";
import type { Limits } from "../access/concurrency-limiter.ts";
import { createKeyBrake, type KeyBrake } from "../access/key-brake.ts";
import { createRequestLimiter, type RequestLimiter } from "../access/request-limiter.ts";
import { type BodyBudget, createBodyBudget } from "../body/body-budget.ts";
import { createRateLimitBackoff, type RateLimitBackoff } from "../forward/rate-limit-backoff.ts";
import { createUpstreamHealth, type UpstreamHealth } from "../forward/upstream-health.ts";
import type { ObservedProxy } from "../observe/proxy-monitor.ts";
import type { ProxyUsage } from "../observe/proxy-usage.ts";
import type { ProxySession } from "../routing/route.ts";
import { ownAddress, type ServerAddress } from "./listen.ts";
import { type Readiness, readReadiness } from "./readiness.ts";

/** The parts of a proxy that exist once, also if several processes serve its requests. */
export interface SharedParts {
  readonly limits: RequestLimiter;
  readonly budget: BodyBudget;
  readonly brake: KeyBrake;
  readonly backoff: RateLimitBackoff;
  readonly health: UpstreamHealth;
  readReadiness(isClosing: boolean): Promise<Readiness>;
  readonly address: ServerAddress;
}

export interface SharedPartsOptions {
  readonly sessions: readonly ProxySession[];
  readonly keys: readonly ProxyKey[];
  readonly limits: Limits;
  /** In bytes. */
  readonly bodyBudget?: number | undefined;
  readonly clock: Clock;
}

export const DEFAULT_BODY_BUDGET: number = 256 * 1024 * 1024;

export function createSharedParts({
  sessions,
  keys,
  limits,
  bodyBudget = DEFAULT_BODY_BUDGET,
  clock,
}: SharedPartsOptions): SharedParts {
  const parts = {
    limits: createRequestLimiter(limits, keys, clock),
    budget: createBodyBudget(bodyBudget),
    brake: createKeyBrake(clock),
    backoff: createRateLimitBackoff(clock),
    health: createUpstreamHealth(),
  };
  return {
    ...parts,
    readReadiness: (isClosing) => readReadiness({ ...parts, sessions, isClosing }),
    address: ownAddress,
  };
}

export interface ObservationOptions {
  readonly sessions: readonly ProxySession[];
  readonly keys: readonly ProxyKey[];
  readonly usage: ProxyUsage | undefined;
  readonly isClosing: () => boolean;
}

/** Returns the live state of a proxy, for its monitor. */
export function observe(
  url: string,
  { limits, budget, brake, backoff }: SharedParts,
  { sessions, keys, usage, isClosing }: ObservationOptions,
): ObservedProxy {
  return {
    sessions,
    url,
    requiresKey: keys.length > 0,
    bodies: budget,
    usage,
    get refusedKeys() {
      return brake.refused;
    },
    get queue() {
      return limits.queue;
    },
    get isClosing() {
      return isClosing();
    },
    pausedUntil: (manager) => backoff.until(manager),
  };
}
