import {
  asErrorCode,
  asHttpsUrl,
  asLabel,
  asMessage,
  asNumber,
  asObject,
  asSeconds,
  asSecret,
  asString,
  asTimestamp,
  type HttpAnswer,
  isJsonObject,
  type JsonObject,
  lifetimeUntil,
  okJson,
  omitUndefined,
  type RedeemedToken,
} from "@tokenflow/core/provider";
import type { CopilotTokenDetails } from "../service/details.ts";
import { copilotSecretPatterns } from "../service/secrets.ts";

/**
 * Reads the response of an exchange. Only the token and its expiry are required. Anything else of an unexpected shape
 * is left out, since an added or changed flag must never break a sign-in.
 */
export function readEnvelope(answer: HttpAnswer, now: number): RedeemedToken | undefined {
  const body = okJson(answer);
  const accessToken = asSecret(body["token"]);
  const end = asTimestamp(body["expires_at"]);
  if (accessToken === undefined || end === undefined) return undefined;
  const dueIn = asSeconds(body["refresh_in"]);
  return {
    accessToken,
    tokenType: "Bearer",
    lifetime: lifetimeUntil(end, answer, now),
    ...(dueIn === undefined ? {} : { dueIn }),
    details: { ...readDetails(body) },
  };
}

/** Reads the rest. The tracking id is personal and is dropped. Of unknown fields only booleans are kept: they hold no secret. */
export function readDetails(body: JsonObject): Omit<CopilotTokenDetails, "host"> {
  const endpoints = asObject(body["endpoints"]);
  const notification = asObject(body["user_notification"]);
  const quotas = asObject(body["limited_user_quotas"]);
  return omitUndefined({
    sku: asLabel(body["sku"]) ?? asLabel(body["access_type_sku"]),
    plan: asLabel(body["copilot_plan"]),
    individual: typeof body["individual"] === "boolean" ? body["individual"] : undefined,
    endpoints: omitUndefined({
      api: asString(endpoints["api"]),
      proxy: asString(endpoints["proxy"]),
      telemetry: asString(endpoints["telemetry"]),
      originTracker: asString(endpoints["origin-tracker"]),
    }),
    organizations: listOf(body["organization_list"], asLabel),
    enterprises: listOf(body["enterprise_list"], asNumber),
    publicSuggestions: asErrorCode(body["public_suggestions"]),
    telemetry: asErrorCode(body["telemetry"]),
    quotas: isJsonObject(body["limited_user_quotas"])
      ? omitUndefined({ chat: asNumber(quotas["chat"]), completions: asNumber(quotas["completions"]) })
      : undefined,
    quotasResetAt: asTimestamp(body["limited_user_reset_date"]),
    notification: isJsonObject(body["user_notification"])
      ? omitUndefined({
          id: asErrorCode(notification["notification_id"]),
          title: asMessage(notification["title"], copilotSecretPatterns),
          message: asMessage(notification["message"], copilotSecretPatterns),
          url: asHttpsUrl(notification["url"]),
        })
      : undefined,
    flags: Object.fromEntries(
      Object.entries(body)
        .filter(
          (entry): entry is [string, boolean] => typeof entry[1] === "boolean" && entry[0] !== "individual",
        )
        .map(([name, value]) => [camelCase(name), value]),
    ),
  });
}

function listOf<T>(value: unknown, read: (entry: unknown) => T | undefined): readonly T[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return value.map(read).filter((entry) => entry !== undefined);
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
