import type { TokenFlowEvent } from "@tokenflow/core";
import { sessionKey } from "@tokenflow/core/store";
import { Counter, type Registry } from "prom-client";
import type { ProxySession } from "../routing/route.ts";
import { sessionId } from "../routing/session-name.ts";

/** Counts redemptions by session and result. */
export interface RedemptionMetrics {
  /** Begins the series of each session at 0: one that begins with 1 never increases for Prometheus. */
  begin(): void;
  onEvent(event: TokenFlowEvent): void;
}

export function createRedemptionMetrics(
  registers: Registry[],
  sessions: () => readonly ProxySession[],
): RedemptionMetrics {
  const redemptions = new Counter({
    name: "tokenflow_redemptions_total",
    help: "Redemptions by this process, by result: ok, or an error code.",
    labelNames: ["session", "result"],
    registers,
  });
  return {
    begin() {
      for (const { manager } of sessions()) {
        for (const result of ["ok", "session.revoked"])
          redemptions.inc({ session: sessionId(manager), result }, 0);
      }
    },
    onEvent(event) {
      const session = sessionKey(event.provider, event.account);
      if (event.type === "token.refreshed") redemptions.inc({ session, result: "ok" });
      if (event.type === "refresh.failed") redemptions.inc({ session, result: event.code });
      if (event.type === "session.revoked") redemptions.inc({ session, result: event.type });
    },
  };
}
