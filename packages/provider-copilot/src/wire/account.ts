import type { Quota, Usage } from "@tokenflow/core";
import {
  asLabel,
  asNumber,
  asObject,
  asPlainName,
  asTimestamp,
  type HttpAnswer,
  isJsonObject,
  type JsonValue,
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

/** Reads plan and quotas: snapshots for paid plans, monthly numbers for the free plan. */
export function readUsage({ status, json }: HttpAnswer): Usage | undefined {
  if (status !== 200 || !isJsonObject(json)) return undefined;
  const plan = asLabel(json["copilot_plan"]);
  const snapshots = Object.entries(asObject(json["quota_snapshots"]));
  const quotas = snapshots.length > 0 ? snapshots.map(readSnapshot) : readMonthly(json);
  if (plan === undefined && quotas.length === 0) return undefined;
  const resetsAt =
    asTimestamp(json["quota_reset_date_utc"]) ??
    asTimestamp(json["quota_reset_date"]) ??
    asTimestamp(json["limited_user_reset_date"]);
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(resetsAt === undefined ? {} : { resetsAt }),
    quotas: quotas.filter((quota) => quota !== undefined),
  };
}

function readSnapshot([key, value]: [string, JsonValue]): Quota | undefined {
  const name = asPlainName(key);
  const snapshot = asObject(value);
  const isUnlimited = snapshot["unlimited"] === true;
  const limit = asNumber(snapshot["entitlement"]);
  const remaining = asNumber(snapshot["remaining"]) ?? asNumber(snapshot["quota_remaining"]);
  if (name === undefined || (remaining === undefined && !isUnlimited)) return undefined;
  const percent = asNumber(snapshot["percent_remaining"]);
  const overage = asNumber(snapshot["overage_count"]);
  const permitted = snapshot["overage_permitted"];
  return {
    name,
    ...(isUnlimited || limit === undefined ? {} : { limit }),
    ...(isUnlimited || remaining === undefined ? {} : { remaining }),
    unit: "requests",
    details: {
      ...(percent === undefined ? {} : { percentRemaining: percent }),
      ...(overage === undefined ? {} : { overage }),
      ...(typeof permitted === "boolean" ? { overagePermitted: permitted } : {}),
    },
  };
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
