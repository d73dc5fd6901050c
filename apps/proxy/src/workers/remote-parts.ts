import { type Clock, isTokenFlowError, type TokenManager } from "@tokenflow/core";
import type { ProxyKey } from "../access/auth.ts";
import type { Limits } from "../access/concurrency-limiter.ts";
import { createRateLimitBackoff, type RateLimit } from "../forward/rate-limit-backoff.ts";
import { createUpstreamHealth } from "../forward/upstream-health.ts";
import type { AnsweredCall, ProxyUsage } from "../observe/proxy-usage.ts";
import type { ServerAddress } from "../server/listen.ts";
import type { SharedParts } from "../server/shared-parts.ts";
import type { Channel } from "./channel.ts";
import type { RemoteBodyBudget } from "./remote-body-budget.ts";
import { createRemoteLimits } from "./remote-limits.ts";

/** A 429 of an upstream, which every worker has to know. */
export interface WirePause extends RateLimit {
  readonly session: number;
}

export interface WireHealth {
  readonly session: number;
  readonly isReached: boolean;
}

export interface RemotePartsOptions {
  readonly channel: Channel;
  readonly managers: readonly TokenManager[];
  readonly keys: readonly ProxyKey[];
  readonly limits: Limits;
  readonly budget: RemoteBodyBudget;
  readonly address: ServerAddress;
  readonly clock: Clock;
}

/** The parts of a proxy whose state the primary owns. */
export interface RemoteParts extends SharedParts {
  /** Another worker met a rate limit. */
  onPause(pause: WirePause): void;
}

export function createRemoteParts({
  channel,
  managers,
  keys,
  limits,
  budget,
  address,
  clock,
}: RemotePartsOptions): RemoteParts {
  const backoff = createRateLimitBackoff(clock);
  const health = createUpstreamHealth();
  /** Sends what changed; nearly every request finds the upstream as it was. */
  const tellHealth = (manager: TokenManager, before: string): void => {
    const now = health.of(manager);
    if (now === before) return;
    const told: WireHealth = { session: managers.indexOf(manager), isReached: now === "reached" };
    channel.post("health", told);
  };
  return {
    limits: createRemoteLimits(limits, keys, channel),
    budget,
    brake: {
      // Only the primary knows.
      refused: 0,
      refuse: (address, signal) => channel.ask<void>("refuse_key", address, signal),
    },
    backoff: {
      ...backoff,
      record(manager, limit) {
        backoff.record(manager, limit);
        const pause: WirePause = { session: managers.indexOf(manager), ...limit };
        channel.post("pause", pause);
        channel.flush();
      },
    },
    health: {
      ...health,
      reached(manager) {
        const before = health.of(manager);
        health.reached(manager);
        tellHealth(manager, before);
      },
      failed(manager, error) {
        if (!isTokenFlowError(error, "provider.unavailable")) return;
        const before = health.of(manager);
        health.failed(manager, error);
        tellHealth(manager, before);
      },
    },
    readReadiness: () => channel.ask("readiness", undefined),
    address,
    onPause({ session, ...limit }) {
      const manager = managers[session];
      if (manager) backoff.record(manager, limit);
    },
  };
}

/** Counts in the primary. Without budgets nobody waits for it. */
export function createRemoteUsage(channel: Channel, hasBudgets: boolean): ProxyUsage {
  return hasBudgets
    ? {
        require: (owner) => channel.ask<void>("require_budget", owner),
        record: (call: AnsweredCall) => channel.ask<void>("record_usage", call),
      }
    : { require: () => undefined, record: (call) => channel.post("record_usage", call) };
}
