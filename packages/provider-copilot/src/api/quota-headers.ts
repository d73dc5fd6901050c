import type { Quota } from "@tokenflow/core";
import { readQuotaSnapshot, readRateUsage } from "../wire/quota-headers.ts";

/**
 * The quotas that a model call's answer tells of in its headers, so that nobody has to ask for them.
 */
export function copilotQuotas(headers: Headers): readonly Quota[] {
  const quotas: (Quota | undefined)[] = [];
  headers.forEach((value, name) => {
    const [, kind, quota] = /^x-(quota-snapshot|usage-ratelimit)-([\w-]+)$/.exec(name) ?? [];
    if (quota === undefined) return;
    quotas.push(kind === "quota-snapshot" ? readQuotaSnapshot(quota, value) : readRateUsage(quota, value));
  });
  return quotas.filter((quota) => quota !== undefined);
}
