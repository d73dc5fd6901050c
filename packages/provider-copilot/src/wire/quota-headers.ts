import type { Quota } from "@tokenflow/core";
import { asNumber, asTimestamp, type JsonObject } from "@tokenflow/core/provider";

/**
 * Reads the quotas that the headers of a model call's response carry, so that nobody has to ask for them. Premium quotas
 * have no unit: the headers do not tell if the account has credits or requests. `TokenManager.usage()` does.
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

/** `ent=300&ov=0&ovPerm=false&rem=71.3&rst=2026-12-01T00:00:00Z`; `ent=-1` is unlimited, `rem` a percentage. */
function readQuotaSnapshot(name: string, value: string): Quota | undefined {
  const query = new URLSearchParams(value);
  const entitlement = asNumber(query.get("ent"));
  const percent = asNumber(query.get("rem"));
  if (entitlement === undefined || percent === undefined) return undefined;
  const remaining = asNumber(query.get("totRem")) ?? (entitlement * percent) / 100;
  return {
    name,
    ...(entitlement < 0 ? {} : { limit: entitlement, remaining }),
    ...(name.startsWith("premium") ? {} : { unit: "requests" }),
    details: {
      percentRemaining: percent,
      overagePermitted: query.get("ovPerm") === "true",
      ...overageOf(query),
      ...resetOf(query),
    },
  };
}

/** `rem=5.7&rst=2026-04-21T06%3A35%3A37Z` */
function readRateUsage(name: string, value: string): Quota | undefined {
  const query = new URLSearchParams(value);
  const percent = asNumber(query.get("rem"));
  if (percent === undefined) return undefined;
  return { name, limit: 100, remaining: percent, unit: "percent", details: resetOf(query) };
}

function overageOf(query: URLSearchParams): JsonObject {
  const overage = asNumber(query.get("ov"));
  return overage === undefined ? {} : { overage };
}

function resetOf(query: URLSearchParams): JsonObject {
  const resetsAt = asTimestamp(query.get("rst"));
  return resetsAt === undefined ? {} : { resetsAt };
}
