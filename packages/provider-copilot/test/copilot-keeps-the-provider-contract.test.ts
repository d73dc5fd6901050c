import { createFakeClock, type ProviderContractOptions, providerContract } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";

const now = Date.UTC(2026, 0, 1);
const githubToken = "ghu_planted0github0token0000000000000001";
const nextGitHubToken = "ghu_planted0github0token0000000000000002";
const refreshToken = "ghr_planted0refresh0token000000000000001";
const nextRefreshToken = "ghr_planted0refresh0token000000000000002";
const accessToken = "tid=planted;exp=1767227400;sku=x;ip=192.0.2.1:0123456789abcdef";
const deviceCode = "planted0device0code000000000000000000001";
const clientId = "Iv1.b507a08c87ecfe98";

const forgedEndpoints = [
  "https://api.githubcopilot.com.evil.example",
  "https://evil-githubcopilot.com",
  "https://githubcopilot.com.evil.example/x.githubcopilot.com",
  "https://user@api.githubcopilot.com",
  "https://api.githubcopilot.com@evil.example",
  "https://api.githubcopilot.com:8443",
  "http://api.githubcopilot.com",
  "http://127.0.0.1:9",
  "https://[::1]",
  "https://copilot-api.tenant.ghe.com",
  "https://api.githubcopilot.com/other",
  "javascript:alert(1)",
  "",
  "nothing",
].map((api) => ({ endpoints: { api } }));

const badCredentials = {
  status: 401,
  json: { message: "Bad credentials", documentation_url: "https://docs.github.com/rest", status: "401" },
};

const shared: Omit<ProviderContractOptions, "redeemed" | "accessToken" | "createProvider"> = {
  now,
  origins: ["https://github.com", "https://api.github.com", "https://api.githubcopilot.com"],
  secrets: [githubToken, nextGitHubToken, refreshToken, nextRefreshToken, accessToken, deviceCode],
  deviceCode: {
    json: {
      device_code: deviceCode,
      user_code: "WDJB-MJHT",
      verification_uri: "https://github.com/login/device",
      expires_in: 899,
      interval: 5,
    },
  },
  granted: { json: { access_token: githubToken, token_type: "bearer", scope: "read:user,gist" } },
  grant: { githubToken, clientId, host: "github.com" },
  refused: [badCredentials],
  refusals: [
    {
      status: 403,
      json: {
        can_signup_for_limited: true,
        error_details: {
          message: "m",
          notification_id: "no_copilot_access",
          title: "t",
          url: "https://github.com",
        },
        message: "Resource not accessible by integration",
      },
    },
  ],
  step: {
    grant: {
      githubToken,
      clientId,
      host: "github.com",
      refreshToken,
      issuedAt: now - 28_800_000,
      expiresAt: now,
    },
    answer: {
      json: {
        access_token: nextGitHubToken,
        expires_in: 28_800,
        refresh_token: nextRefreshToken,
        refresh_token_expires_in: 15_811_200,
        token_type: "bearer",
        scope: "",
      },
    },
    next: {
      githubToken: nextGitHubToken,
      clientId,
      host: "github.com",
      refreshToken: nextRefreshToken,
      issuedAt: now,
      expiresAt: now + 28_800_000,
    },
  },
  forgedDetails: [
    ...forgedEndpoints,
    { host: "evil.example", endpoints: { api: "https://evil.example" } },
    { endpoints: 7 },
  ],
};

/** The requests that are the same in both modes. */
const sharedRequests: Partial<ProviderContractOptions> = {
  identified: { json: { login: "octocat", id: 1 } },
  models: {
    json: {
      object: "list",
      data: [
        {
          id: "gpt",
          name: "GPT",
          vendor: "OpenAI",
          supported_endpoints: ["/responses"],
          policy: { state: "enabled" },
          capabilities: {
            type: "chat",
            limits: { max_context_window_tokens: 1, max_output_tokens: 2 },
            supports: { vision: true, tool_calls: true, reasoning_effort: ["low"] },
          },
        },
      ],
    },
  },
  usage: {
    json: {
      copilot_plan: "business",
      quota_reset_date_utc: "2026-02-01T00:00:00.000Z",
      quota_snapshots: { chat: { entitlement: 300, remaining: 2, unlimited: false, percent_remaining: 1 } },
      limited_user_quotas: { chat: 1 },
      monthly_quotas: { chat: 2 },
    },
  },
  extraRequests: [
    {
      name: "a question about a token's owner",
      answers: [{ json: { login: "octocat" }, headers: { "x-oauth-client-id": clientId } }],
      ask: (call) => createCopilotProvider().getTokenOwner({ githubToken }, call),
    },
  ],
};

describe("Copilot keeps the provider contract", () => {
  const options: ProviderContractOptions = {
    ...shared,
    ...sharedRequests,
    createProvider: () => createCopilotProvider({ clock: createFakeClock(now) }),
    redeemed: {
      headers: { date: new Date(now).toUTCString() },
      json: {
        token: accessToken,
        expires_at: now / 1000 + 1800,
        refresh_in: 1500,
        sku: "yearly_subscriber",
        individual: true,
        endpoints: { api: "https://api.individual.githubcopilot.com", proxy: "https://proxy.example" },
        organization_list: ["a5db0bcaae94032fe715fb34a5e4bce2"],
        enterprise_list: [42],
        limited_user_quotas: { chat: 500, completions: 4000 },
        limited_user_reset_date: now / 1000,
        public_suggestions: "enabled",
        telemetry: "disabled",
        user_notification: {
          message: "Hello",
          notification_id: "subscription_ending",
          title: "T",
          url: "https://github.com",
        },
        chat_enabled: true,
        tracking_id: "planted",
      },
    },
    accessToken,
  };
  test.each(providerContract(options))("$name", ({ run }) => expect(run()).resolves.toBeUndefined());
});

describe("Copilot keeps the provider contract in direct mode", () => {
  const options: ProviderContractOptions = {
    ...shared,
    createProvider: () => createCopilotProvider({ mode: "direct", clock: createFakeClock(now) }),
    redeemed: {
      json: {
        login: "octocat",
        access_type_sku: "yearly_subscriber",
        copilot_plan: "individual",
        endpoints: { api: "https://api.individual.githubcopilot.com" },
        quota_snapshots: {},
      },
    },
    accessToken: githubToken,
  };
  test.each(providerContract(options))("$name", ({ run }) => expect(run()).resolves.toBeUndefined());
});
