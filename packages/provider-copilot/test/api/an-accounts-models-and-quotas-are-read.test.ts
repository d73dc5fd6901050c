import { Token } from "@tokenflow/core";
import { createFakeCall, failureOf } from "@tokenflow/core/testing";
import { copilotQuotas, createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";
import { start } from "../envelope.ts";

const token = new Token({ accessToken: "tid=1", issuedAt: start });
const session = {
  provider: "copilot",
  account: "default",
  grant: { githubToken: "gho_1", clientId: "Iv1.x" },
};

describe("an account's models and quotas are read", () => {
  test("models are read one by one, and asked for again by their ETag", async () => {
    const data = [
      {
        id: "gpt-x",
        name: "GPT X",
        vendor: "OpenAI",
        supported_endpoints: ["/responses", "ws:/responses", 5],
        preview: true,
        policy: { state: "requires_consent", terms: "Please agree." },
        capabilities: {
          type: "chat",
          limits: { max_context_window_tokens: 128_000, max_output_tokens: "16000" },
          supports: { vision: true, tool_calls: true, reasoning_effort: ["low", "high"], streaming: true },
        },
      },
      { id: "gpt-x", name: "Again" },
      { id: 5 },
      null,
      { id: "plain", capabilities: 7 },
      {
        id: "odd",
        vendor: "",
        preview: "yes",
        policy: { state: "enabled" },
        capabilities: {
          type: 1,
          limits: { max_output_tokens: "much" },
          supports: { thinking: false, vision: 1 },
        },
      },
    ];
    const { call, requests } = createFakeCall(
      { json: { object: "list", data }, headers: { etag: 'W/"1"' } },
      { status: 304 },
      { json: { data: [] } },
      { json: { data: [{ id: "new" }] } },
    );
    const { upstream } = createCopilotProvider();
    const models = [
      {
        id: "gpt-x",
        name: "GPT X",
        vendor: "OpenAI",
        endpoints: ["/responses", "ws:/responses"],
        kind: "chat",
        contextWindow: 128_000,
        maxOutput: 16_000,
        reasoning: true,
        enabled: false,
      },
      { id: "plain" },
      { id: "odd", reasoning: false, enabled: true },
    ];
    expect(await upstream.models?.(token, call)).toEqual(models);
    expect(await upstream.models?.(token, call)).toEqual(models);
    expect(await upstream.models?.(token, call)).toEqual([]);
    expect(await upstream.models?.(token, call)).toEqual([{ id: "new" }]);
    expect(requests.map(({ headers }) => headers.get("if-none-match"))).toEqual([
      null,
      'W/"1"',
      'W/"1"',
      null,
    ]);
    expect(requests[0]?.headers.get("authorization")).toBe("Bearer tid=1");
    expect(requests[0]?.url).toBe("https://api.githubcopilot.com/models");
  });

  test("a token that the model catalogue refuses is rejected", async () => {
    const { call } = createFakeCall({ status: 401, text: "unauthorized: token expired" });
    const models = createCopilotProvider().upstream.models?.(token, call) ?? Promise.resolve();
    expect((await failureOf(models)).code).toBe("token.rejected");
  });

  test("the free plan, which calls itself individual, is told apart", async () => {
    const json = { copilot_plan: "individual", limited_user_quotas: { chat: 5 } };
    const { call } = createFakeCall(
      { json: { ...json, access_type_sku: "free_limited_copilot" } },
      { json: { ...json, access_type_sku: "yearly_subscriber" } },
    );
    const { upstream } = createCopilotProvider();
    expect((await upstream.usage?.(session, call))?.plan).toBe("free");
    expect((await upstream.usage?.(session, call))?.plan).toBe("individual");
  });

  test("usage of a paid plan", async () => {
    const { call, requests } = createFakeCall({
      json: {
        copilot_plan: "business",
        quota_reset_date: "2026-02-01",
        quota_reset_date_utc: "2026-02-01T00:00:00.000Z",
        quota_snapshots: {
          chat: { unlimited: true, entitlement: 0, remaining: 0, percent_remaining: 100 },
          premium_interactions: {
            entitlement: 300,
            remaining: -2,
            unlimited: false,
            overage_count: 2,
            overage_permitted: true,
            percent_remaining: -0.6,
          },
          odd: "nothing",
        },
      },
    });
    expect(await createCopilotProvider().upstream.usage?.(session, call)).toEqual({
      plan: "business",
      resetsAt: Date.UTC(2026, 1, 1),
      quotas: [
        { name: "chat", unit: "requests", details: { percentRemaining: 100 } },
        {
          name: "premium_interactions",
          limit: 300,
          remaining: -2,
          unit: "requests",
          details: { percentRemaining: -0.6, overage: 2, overagePermitted: true },
        },
      ],
    });
    expect(requests[0]?.url).toBe("https://api.github.com/copilot_internal/user");
    expect(requests[0]?.headers.get("authorization")).toBe("Bearer gho_1");
  });

  test.each([
    [
      "credits of a person's plan",
      {
        entitlement: 1500,
        remaining: 1437.5,
        credits_used: 62.5,
        has_quota: true,
        quota_reset_at: 1_796_083_200,
      },
      {
        name: "premium_interactions",
        limit: 1500,
        remaining: 1437.5,
        used: 62.5,
        unit: "credits",
        details: { hasQuota: true, resetsAt: 1_796_083_200_000 },
      },
    ],
    [
      "credits of a seat without a limit of its own",
      { unlimited: true, entitlement: 0, remaining: 0, credits_used: 31, overage_permitted: true },
      { name: "premium_interactions", used: 31, unit: "credits", details: { overagePermitted: true } },
    ],
    [
      "requests of a plan that still counts them",
      { entitlement: 300, remaining: 12, token_based_billing: false, overage_count: 2 },
      { name: "premium_interactions", limit: 300, remaining: 12, unit: "requests", details: { overage: 2 } },
    ],
  ])("usage in %s", async (_what, snapshot, quota) => {
    const { call } = createFakeCall({
      json: {
        copilot_plan: "individual",
        token_based_billing: true,
        quota_snapshots: { premium_interactions: snapshot },
      },
    });
    const usage = await createCopilotProvider().upstream.usage?.(session, call);
    expect(usage?.quotas).toEqual([quota]);
    expect(usage?.resetsAt).toBe("quota_reset_at" in snapshot ? 1_796_083_200_000 : undefined);
  });

  test("usage of the free plan", async () => {
    const { call } = createFakeCall({
      json: {
        copilot_plan: "free",
        limited_user_quotas: { chat: 12, completions: 100 },
        monthly_quotas: { chat: 50, completions: 2000 },
        limited_user_reset_date: "2026-02-01",
      },
    });
    expect(await createCopilotProvider().upstream.usage?.(session, call)).toEqual({
      plan: "free",
      resetsAt: Date.UTC(2026, 1, 1),
      quotas: [
        { name: "chat", limit: 50, remaining: 12, unit: "requests" },
        { name: "completions", limit: 2000, remaining: 100, unit: "requests" },
      ],
    });
  });

  test("usage that is not told is missed by its own name", async () => {
    const { call } = createFakeCall({ json: { copilot_plan: null, quota_snapshots: null } });
    const usage = createCopilotProvider().upstream.usage?.(session, call);
    expect((await failureOf(usage)).message).toBe("GitHub answered 200 without a plan and quotas");
  });

  test("the usage of a session without a grant cannot be read", async () => {
    const { call, requests } = createFakeCall();
    const usage = createCopilotProvider().upstream.usage?.(
      { provider: "copilot", account: "a", token },
      call,
    );
    expect((await failureOf(usage)).code).toBe("session.signed_out");
    expect(requests).toHaveLength(0);
  });

  test("quotas are read from the headers of an answer, which do not tell credits from requests", () => {
    const headers = new Headers({
      "x-quota-snapshot-chat": "ent=-1&ov=0.0&ovPerm=false&rem=100.0&rst=2026-02-01T00%3A00%3A00Z",
      "x-quota-snapshot-premium_interactions": "ent=300&ov=0.0&ovPerm=true&rem=50&rst=2026-02-01",
      "x-usage-ratelimit-weekly": "rem=5.7&rst=2026-04-21T06%3A35%3A37Z",
      "x-quota-snapshot-odd": "what",
      "x-request-id": "1",
    });
    expect(copilotQuotas(headers)).toEqual([
      {
        name: "chat",
        unit: "requests",
        details: {
          percentRemaining: 100,
          overagePermitted: false,
          overage: 0,
          resetsAt: Date.UTC(2026, 1, 1),
        },
      },
      {
        name: "premium_interactions",
        limit: 300,
        remaining: 150,
        details: { percentRemaining: 50, overagePermitted: true, overage: 0, resetsAt: Date.UTC(2026, 1, 1) },
      },
      {
        name: "weekly",
        limit: 100,
        remaining: 5.7,
        unit: "percent",
        details: { resetsAt: Date.UTC(2026, 3, 21, 6, 35, 37) },
      },
    ]);
  });
});

describe("a sign-in is revoked", () => {
  test("on github.com, without client credentials", async () => {
    const { call, requests } = createFakeCall({ status: 202, text: "" });
    const grant = { ...session.grant, refreshToken: "ghr_1" };
    await createCopilotProvider().revoke?.({ ...session, grant }, call);
    expect(requests[0]).toMatchObject({
      method: "POST",
      url: "https://api.github.com/credentials/revoke",
      body: '{"credentials":["gho_1","ghr_1"]}',
    });
    expect(requests[0]?.headers.has("authorization")).toBe(false);
  });

  test("elsewhere only in the browser, and the error names the page", async () => {
    const { call, requests } = createFakeCall();
    const revoked = createCopilotProvider({ host: "octo.ghe.com" }).revoke?.(session, call);
    const error = await failureOf(revoked);
    expect(error.code).toBe("provider.misconfigured");
    expect(error.hint).toContain("https://octo.ghe.com/settings/connections/applications/Iv1.x");
    expect(requests).toHaveLength(0);
  });

  test("a refused revocation names the page too", async () => {
    const { call } = createFakeCall({ status: 422, json: { message: "Validation Failed" } });
    const error = await failureOf(createCopilotProvider().revoke?.(session, call));
    expect(error).toMatchObject({ code: "provider.forbidden", status: 422 });
    expect(error.hint).toContain("https://github.com/settings/connections/applications/Iv1.x");
  });
});
