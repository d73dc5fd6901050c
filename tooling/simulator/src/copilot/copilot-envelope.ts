import type { JsonObject } from "@tokenflow/conformance/server";
import { hex } from "@tokenflow/conformance/server";
import type { Settings } from "../server/settings.ts";

const SKUS = {
  free: "free_limited_copilot",
  individual: "yearly_subscriber",
  business: "copilot_for_business_seat",
} as const;

interface EnvelopeOptions {
  readonly settings: Settings;
  /** The server's clock, in milliseconds since 1970. */
  readonly now: number;
  /** The simulated Copilot API, which accepts the token. */
  readonly apiUrl: string;
  readonly trackingId: string;
}

/** Returns the answer of the exchange. `expires_at` is the answer's `Date` plus the lifetime, exactly. */
export function createCopilotEnvelope({ settings, now, apiUrl, trackingId }: EnvelopeOptions): JsonObject & {
  readonly token: string;
} {
  const { plan, tokenLifetime, refreshIn = (tokenLifetime * 5) / 6 } = settings;
  const expiresAt = Math.floor(now / 1000) + tokenLifetime;
  const free = plan === "free";
  const claims = {
    tid: trackingId,
    exp: Math.floor(expiresAt),
    sku: SKUS[plan],
    "proxy-ep": new URL(apiUrl).host,
    st: "dotcom",
    chat: 1,
    cit: 1,
    malfil: 1,
    editor_preview_features: 1,
    mcp: 1,
    ccr: 1,
    "8kp": 1,
    ip: "127.0.0.1",
    asn: "AS64496",
  };
  const token = `${Object.entries(claims)
    .map(([name, value]) => `${name}=${value}`)
    .join(";")}:${hex(64)}`;
  return {
    annotations_enabled: !free,
    blackbird_clientside_indexing: false,
    chat_enabled: true,
    chat_jetbrains_enabled: true,
    code_quote_enabled: true,
    code_review_enabled: !free,
    codesearch: true,
    copilotignore_enabled: plan === "business",
    endpoints: {
      api: apiUrl,
      "origin-tracker": apiUrl,
      proxy: apiUrl,
      telemetry: apiUrl,
    },
    enterprise_list: plan === "business" ? [4242] : null,
    expires_at: expiresAt,
    individual: plan !== "business",
    limited_user_quotas: free ? { chat: 500, completions: 4000 } : null,
    limited_user_reset_date: free ? Math.floor(now / 1000) + 30 * 86_400 : null,
    organization_list: plan === "business" ? ["a5db0bcaae94032fe715fb34a5e4bce2"] : [],
    prompt_8k: true,
    public_suggestions: "disabled",
    refresh_in: refreshIn,
    sku: SKUS[plan],
    snippy_load_test_enabled: false,
    telemetry: "disabled",
    token,
    tracking_id: trackingId,
    vsc_electron_fetcher_v2: false,
    xcode: true,
    xcode_chat: false,
  };
}

/** `GET /copilot_internal/user`. */
export function createCopilotUser(
  { settings, now, apiUrl, trackingId }: EnvelopeOptions,
  login: string,
): JsonObject {
  const { plan } = settings;
  const byCredits = settings.billing === "credits";
  const resetAt = Math.floor(now / 1000) + 30 * 86_400;
  const reset = new Date(now + 30 * 86_400_000).toISOString();
  const noAccess = /^(no_copilot_access|not_signed_up|subscription_ended)$/.test(
    settings.copilotRefusal ?? "",
  );
  return {
    login,
    access_type_sku: noAccess ? "no_access" : SKUS[plan],
    analytics_tracking_id: trackingId,
    assigned_date: plan === "business" ? "2025-01-15T09:00:00Z" : null,
    can_signup_for_limited: noAccess,
    chat_enabled: !noAccess,
    copilot_plan: plan === "free" ? "individual" : plan,
    organization_login_list: plan === "business" ? ["octo-org"] : [],
    organization_list: plan === "business" ? [{ login: "octo-org", name: "Octo Org" }] : [],
    endpoints: { api: apiUrl, "origin-tracker": apiUrl, proxy: apiUrl, telemetry: apiUrl },
    quota_reset_date: reset.slice(0, 10),
    quota_reset_date_utc: reset,
    token_based_billing: byCredits,
    ...(plan === "free"
      ? {
          limited_user_quotas: { chat: 487, completions: 3900 },
          monthly_quotas: { chat: 500, completions: 4000 },
          limited_user_reset_date: reset.slice(0, 10),
        }
      : {
          quota_snapshots: Object.fromEntries(
            [
              { id: "chat" },
              { id: "completions" },
              byCredits
                ? plan === "business"
                  ? { id: "premium_interactions", used: 31, overagePermitted: true }
                  : { id: "premium_interactions", entitlement: 1500, remaining: 1437.5, used: 62.5 }
                : { id: "premium_interactions", entitlement: 300, remaining: 287 },
            ].map((quota) => [quota.id, createSnapshot(quota, { byCredits, resetAt })]),
          ),
        }),
  };
}

interface SimulatedQuota {
  readonly id: string;
  /** @default unlimited */
  readonly entitlement?: number;
  readonly remaining?: number;
  readonly used?: number;
  readonly overagePermitted?: boolean;
}

function createSnapshot(
  { id, entitlement, remaining = 0, used = 0, overagePermitted = false }: SimulatedQuota,
  { byCredits, resetAt }: { readonly byCredits: boolean; readonly resetAt: number },
): JsonObject {
  const unlimited = entitlement === undefined;
  return {
    quota_id: id,
    entitlement: entitlement ?? 0,
    remaining,
    quota_remaining: remaining,
    unlimited,
    overage_count: 0,
    overage_permitted: overagePermitted,
    percent_remaining: unlimited ? 100 : (remaining / entitlement) * 100,
    ...(byCredits
      ? {
          token_based_billing: true,
          has_quota: unlimited || remaining > 0,
          quota_reset_at: resetAt,
          credits_used: used,
        }
      : {}),
  };
}
