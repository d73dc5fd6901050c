import { Gauge, type Registry } from "prom-client";
import type { UsageView } from "./proxy-status.ts";

interface SessionUsage {
  readonly session: string;
  readonly usage: UsageView | undefined;
}

/** A service makes up the names of its quotas, so their number is bounded. */
const MAX_QUOTAS = 20;

/** Registers gauges of what the services tell of their quotas, in credits, requests or whatever they count. */
export function createQuotaMetrics(
  registers: Registry[],
  read: () => Promise<readonly SessionUsage[]>,
): void {
  const quotaGauge = (
    name: string,
    help: string,
    valueOf: (quota: UsageView["quotas"][number]) => number | undefined,
  ): void => {
    const metric: Gauge = new Gauge({
      name,
      help,
      labelNames: ["session", "quota", "unit"],
      registers,
      async collect() {
        const usages = await read();
        metric.reset();
        for (const { session, usage } of usages) {
          for (const quota of usage?.quotas.slice(0, MAX_QUOTAS) ?? []) {
            const value = valueOf(quota);
            if (value !== undefined)
              metric.set({ session, quota: quota.name, unit: quota.unit ?? "" }, value);
          }
        }
      },
    });
  };
  quotaGauge("tokenflow_quota_limit", "The whole quota; absent if it is unlimited.", ({ limit }) => limit);
  quotaGauge(
    "tokenflow_quota_remaining",
    "What is left of the quota, as the service told it at most five minutes ago; absent if it is unlimited.",
    ({ remaining }) => remaining,
  );
  quotaGauge("tokenflow_quota_used", "What was used so far, if the service tells it.", ({ used }) => used);
  quotaGauge(
    "tokenflow_quota_overage",
    "What was used beyond the quota, if the service tells it.",
    ({ overage }) => overage,
  );
  const reset: Gauge = new Gauge({
    name: "tokenflow_quota_reset_timestamp_seconds",
    help: "When the quotas of the session are reset, in seconds since 1970.",
    labelNames: ["session"],
    registers,
    async collect() {
      const usages = await read();
      reset.reset();
      for (const { session, usage } of usages) {
        if (usage?.resetsAt !== undefined) reset.set({ session }, usage.resetsAt / 1000);
      }
    },
  });
}
