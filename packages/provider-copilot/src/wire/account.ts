import { type HttpAnswer, isJsonObject, type JsonValue, type Quota, type Usage } from "@tokenflow/core";
import { momentOf, numberOf, objectOf, textOf } from "@tokenflow/core/wire";

export const revokeBody = (credentials: readonly string[]): JsonValue => ({ credentials });

/** Who a GitHub token belongs to. */
export function readLogin({ status, json }: HttpAnswer): string | undefined {
  return status === 200 ? textOf(objectOf(json)["login"]) : undefined;
}

/** The app that a token was made for: api.github.com says so with every answer. */
export function readClientId({ headers }: HttpAnswer): string | undefined {
  const clientId = headers.get("x-oauth-client-id");
  return clientId !== null && /^[\w.]{1,40}$/.test(clientId) ? clientId : undefined;
}

/** Plan and quotas: snapshots for those who pay, monthly numbers for the free plan. */
export function readUsage({ status, json }: HttpAnswer): Usage | undefined {
  if (status !== 200 || !isJsonObject(json)) return undefined;
  const plan = textOf(json["copilot_plan"]);
  const snapshots = Object.entries(objectOf(json["quota_snapshots"]));
  const quotas = snapshots.length > 0 ? snapshots.map(readSnapshot) : readMonthly(json);
  if (plan === undefined && quotas.length === 0) return undefined;
  const resetsAt =
    momentOf(json["quota_reset_date_utc"]) ??
    momentOf(json["quota_reset_date"]) ??
    momentOf(json["limited_user_reset_date"]);
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(resetsAt === undefined ? {} : { resetsAt }),
    quotas: quotas.filter((quota) => quota !== undefined),
  };
}

function readSnapshot([name, value]: [string, JsonValue]): Quota | undefined {
  const snapshot = objectOf(value);
  const isUnlimited = snapshot["unlimited"] === true;
  const limit = numberOf(snapshot["entitlement"]);
  const remaining = numberOf(snapshot["remaining"]) ?? numberOf(snapshot["quota_remaining"]);
  if (remaining === undefined && !isUnlimited) return undefined;
  const percent = numberOf(snapshot["percent_remaining"]);
  const overage = numberOf(snapshot["overage_count"]);
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
  const limits = objectOf(body["monthly_quotas"]);
  return Object.entries(objectOf(body["limited_user_quotas"])).map(([name, value]) => {
    const remaining = numberOf(value);
    const limit = numberOf(limits[name]);
    if (remaining === undefined) return undefined;
    return { name, ...(limit === undefined ? {} : { limit }), remaining, unit: "requests" };
  });
}
