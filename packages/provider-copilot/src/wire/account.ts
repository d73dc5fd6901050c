import type { Quota, Usage } from "@tokenflow/core";
import {
  asLabel,
  asNumber,
  asObject,
  asPlainName,
  asTimestamp,
  type HttpAnswer,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  omitUndefined,
} from "@tokenflow/core/provider";

export const revokeBody = (credentials: readonly string[]): JsonValue => ({ credentials });

/** Reads the login that a GitHub token belongs to. */
export function readLogin({ status, json }: HttpAnswer): string | undefined {
  return status === 200 ? asLabel(asObject(json)["login"]) : undefined;
}

/** Reads the app that a token was issued to. api.github.com names it in every response. */
export function readClientId({ headers }: HttpAnswer): string | undefined {
  const clientId = headers.get("x-oauth-client-id");
  return clientId !== null && /^[\w.]{1,40}$/.test(clientId) ? clientId : undefined;
}

/**
 * Reads plan and quotas: snapshots for paid plans, monthly numbers for the free plan. Accounts that are billed by
 * tokens have AI credits, of which one is a cent; others have premium requests.
 */
export function readUsage({ status, json }: HttpAnswer): Usage | undefined {
  if (status !== 200 || !isJsonObject(json)) return undefined;
  const plan = isFree(json) ? "free" : asLabel(json["copilot_plan"]);
  const snapshots = Object.entries(asObject(json["quota_snapshots"]));
  const isByTokens = json["token_based_billing"] === true;
  const quotas =
    snapshots.length > 0 ? snapshots.map((entry) => readSnapshot(entry, isByTokens)) : readMonthly(json);
  if (plan === undefined && quotas.length === 0) return undefined;
  const resetsAt =
    asTimestamp(json["quota_reset_date_utc"]) ??
    asTimestamp(json["quota_reset_date"]) ??
    asTimestamp(json["limited_user_reset_date"]) ??
    quotas.find((quota) => quota?.details?.["resetsAt"] !== undefined)?.details?.["resetsAt"];
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(typeof resetsAt === "number" ? { resetsAt } : {}),
    quotas: quotas.filter((quota) => quota !== undefined),
  };
}

/** The free plan calls itself `individual`, as paid ones of one person do. */
function isFree({ access_type_sku: sku }: JsonObject): boolean {
  return typeof sku === "string" && sku.startsWith("free_");
}

function readSnapshot([key, value]: [string, JsonValue], isByTokens: boolean): Quota | undefined {
  // The service makes up the keys, and they are shown.
  const name = asPlainName(key);
  if (name === undefined) return undefined;
  const snapshot = asObject(value);
  const isUnlimited = snapshot["unlimited"] === true;
  const limit = asNumber(snapshot["entitlement"]);
  const remaining = asNumber(snapshot["remaining"]) ?? asNumber(snapshot["quota_remaining"]);
  if (remaining === undefined && !isUnlimited) return undefined;
  const hasCredits = (asBoolean(snapshot["token_based_billing"]) ?? isByTokens) && name.startsWith("premium");
  return omitUndefined({
    name,
    limit: isUnlimited ? undefined : limit,
    remaining: isUnlimited ? undefined : remaining,
    used: hasCredits ? asNumber(snapshot["credits_used"]) : undefined,
    unit: hasCredits ? "credits" : "requests",
    details: omitUndefined({
      percentRemaining: asNumber(snapshot["percent_remaining"]),
      overage: asNumber(snapshot["overage_count"]),
      overagePermitted: asBoolean(snapshot["overage_permitted"]),
      hasQuota: asBoolean(snapshot["has_quota"]),
      resetsAt: asTimestamp(snapshot["quota_reset_at"]),
    }),
  });
}

function asBoolean(value: JsonValue | undefined): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

function readMonthly(body: Readonly<Record<string, JsonValue>>): readonly (Quota | undefined)[] {
  const limits = asObject(body["monthly_quotas"]);
  return Object.entries(asObject(body["limited_user_quotas"])).map(([key, value]) => {
    const name = asPlainName(key);
    const remaining = asNumber(value);
    const limit = asNumber(limits[key]);
    if (name === undefined || remaining === undefined) return undefined;
    return { name, ...(limit === undefined ? {} : { limit }), remaining, unit: "requests" };
  });
}
