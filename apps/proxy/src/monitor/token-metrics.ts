import type { Clock, TokenManager } from "@tokenflow/core";
import { Gauge, type Registry } from "prom-client";
import { sessionId } from "../routing/session-name.ts";

interface TokenTimes {
  readonly issuedAt: number;
  readonly expiresAt?: number | undefined;
}

/** Registers gauges of each session's current token. */
export function createTokenMetrics(
  registers: Registry[],
  clock: Clock,
  managers: () => readonly TokenManager[],
): void {
  const tokenGauge = (name: string, help: string, read: (token: TokenTimes) => number | undefined): void => {
    const metric: Gauge = new Gauge({
      name,
      help,
      labelNames: ["session"],
      registers,
      collect() {
        metric.reset();
        for (const manager of managers()) {
          const token = manager.peek();
          const value = token && read(token);
          if (value !== undefined) metric.set({ session: sessionId(manager) }, value / 1000);
        }
      },
    });
  };
  tokenGauge(
    "tokenflow_token_age_seconds",
    "Age of the current token; absent without one.",
    ({ issuedAt }) => clock.now() - issuedAt,
  );
  tokenGauge(
    "tokenflow_token_expires_in_seconds",
    "Time until the current token expires; absent without one.",
    ({ expiresAt }) => (expiresAt === undefined ? undefined : expiresAt - clock.now()),
  );
}
