import {
  type HttpAnswer,
  isJsonObject,
  type JsonObject,
  lifetimeUntil,
  type RedeemedToken,
} from "@tokenflow/core";
import {
  dropAbsent,
  durationOf,
  linkOf,
  momentOf,
  numberOf,
  objectOf,
  secretOf,
  successOf,
  textOf,
  wordOf,
} from "@tokenflow/core/wire";
import type { CopilotTokenDetails } from "../service/details.ts";
import { quote } from "./quote.ts";

/**
 * The exchange's answer, in two tiers: only the token and its end decide; whatever else is not as expected
 * is left out, since an added or changed flag must never break a sign-in.
 */
export function readEnvelope(answer: HttpAnswer, now: number): RedeemedToken | undefined {
  const body = successOf(answer);
  const accessToken = secretOf(body["token"]);
  const end = momentOf(body["expires_at"]);
  if (accessToken === undefined || end === undefined) return undefined;
  const dueIn = durationOf(body["refresh_in"]);
  return {
    accessToken,
    tokenType: "Bearer",
    lifetime: lifetimeUntil(end, answer, now),
    ...(dueIn === undefined ? {} : { dueIn }),
    details: { ...readDetails(body) },
  };
}

/** The tracking id is personal and not kept; of what nobody foresaw only switches are, which hold no secret. */
export function readDetails(body: JsonObject): Omit<CopilotTokenDetails, "host"> {
  const endpoints = objectOf(body["endpoints"]);
  const notification = objectOf(body["user_notification"]);
  const quotas = objectOf(body["limited_user_quotas"]);
  return dropAbsent({
    sku: textOf(body["sku"]) ?? textOf(body["access_type_sku"]),
    plan: textOf(body["copilot_plan"]),
    individual: typeof body["individual"] === "boolean" ? body["individual"] : undefined,
    endpoints: dropAbsent({
      api: textOf(endpoints["api"]),
      proxy: textOf(endpoints["proxy"]),
      telemetry: textOf(endpoints["telemetry"]),
      originTracker: textOf(endpoints["origin-tracker"]),
    }),
    organizations: listOf(body["organization_list"], textOf),
    enterprises: listOf(body["enterprise_list"], numberOf),
    publicSuggestions: wordOf(body["public_suggestions"]),
    telemetry: wordOf(body["telemetry"]),
    quotas: isJsonObject(body["limited_user_quotas"])
      ? dropAbsent({ chat: numberOf(quotas["chat"]), completions: numberOf(quotas["completions"]) })
      : undefined,
    quotasResetAt: momentOf(body["limited_user_reset_date"]),
    notification: isJsonObject(body["user_notification"])
      ? dropAbsent({
          id: wordOf(notification["notification_id"]),
          title: sentenceOf(notification["title"]),
          message: sentenceOf(notification["message"]),
          url: linkOf(notification["url"]),
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

function sentenceOf(value: unknown): string | undefined {
  return typeof value === "string" ? quote(value) : undefined;
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
