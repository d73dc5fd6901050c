import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { bearer, exchangeGithub, githubCode, githubPoll, send } from "./requests.ts";

test("the envelope and its token have the recorded shape", async () => {
  await using simulator = await startSimulator();
  const { status, json, headers } = await exchangeGithub(simulator, simulator.createGrant("github"));
  expect(status).toBe(200);
  expect(json).toMatchObject({
    token: expect.stringMatching(
      /^tid=[0-9a-f]{32};exp=\d+;sku=yearly_subscriber;proxy-ep=[^;]+;.*:[0-9a-f]{64}$/,
    ),
    refresh_in: 1500,
    sku: "yearly_subscriber",
    individual: true,
    chat_enabled: true,
    endpoints: {
      api: simulator.copilotUrl,
      proxy: simulator.copilotUrl,
      telemetry: simulator.copilotUrl,
      "origin-tracker": simulator.copilotUrl,
    },
    enterprise_list: null,
    organization_list: [],
    limited_user_quotas: null,
    limited_user_reset_date: null,
    public_suggestions: "disabled",
    telemetry: "disabled",
    tracking_id: expect.any(String),
  });
  expect(Number(json["expires_at"]) - Date.parse(String(headers.get("date"))) / 1000).toBe(1800);
  expect(headers.get("cache-control")).toBe("private, max-age=60, s-maxage=60");
  expect(headers.get("etag")).toMatch(/^W\/"/);
  expect(headers.get("x-oauth-client-id")).toBe("Iv1.b507a08c87ecfe98");
  expect(headers.get("x-oauth-scopes")).toBe("");
});

test("lifetimes may be fractions, and the server's clock may be wrong", async () => {
  await using simulator = await startSimulator({
    tokenLifetime: 1.5,
    refreshIn: 0.25,
    clockOffset: -7_200_000,
  });
  const { json, headers } = await exchangeGithub(simulator, simulator.createGrant("github"));
  const date = Date.parse(String(headers.get("date")));
  expect(Number(json["expires_at"]) - date / 1000).toBe(1.5);
  expect(json["refresh_in"]).toBe(0.25);
  expect(Math.abs(Date.now() - date - 7_200_000)).toBeLessThan(10_000);
});

test("token and Bearer are both accepted, anything else is not", async () => {
  await using simulator = await startSimulator();
  const url = `${simulator.githubApiUrl}/copilot_internal/v2/token`;
  const grant = simulator.createGrant("github");
  const status = async (authorization: string): Promise<number> =>
    (await send(url, { headers: { authorization } })).status;
  expect(await status(`token ${grant}`)).toBe(200);
  expect(await status(`Bearer ${grant}`)).toBe(200);
  expect(await status(`Basic ${grant}`)).toBe(401);
  expect((await send(url)).json).toMatchObject({ message: "Requires authentication" });
});

test("a revoked grant is 401 in GitHub's words", async () => {
  await using simulator = await startSimulator();
  const grant = simulator.createGrant("github");
  expect(simulator.revokeGrants({ login: "nobody" })).toBe(0);
  expect(simulator.revokeGrants()).toBe(1);
  const { status, json } = await exchangeGithub(simulator, grant);
  expect(status).toBe(401);
  expect(json).toEqual({ message: "Bad credentials", documentation_url: expect.any(String), status: "401" });
});

test("the token of another app is 404 at the exchange and good elsewhere", async () => {
  await using simulator = await startSimulator({ interval: 0 });
  const client = { client_id: "178c6fc778ccc68e1d6a" };
  const code = await githubCode(simulator, client);
  simulator.approve(String(code.json["user_code"]));
  const grant = String((await githubPoll(simulator, code, client)).json["access_token"]);
  expect((await exchangeGithub(simulator, grant)).status).toBe(404);
  const usage = await send(`${simulator.githubApiUrl}/copilot_internal/user`, { headers: bearer(grant) });
  expect(usage.json).toMatchObject({ login: "octocat", access_type_sku: "yearly_subscriber" });
});

test.each(["no_copilot_access", "subscription_ended", "feature_flag_blocked"])(
  "no entitlement (%s) is an error envelope",
  async (copilotRefusal) => {
    await using simulator = await startSimulator({ copilotRefusal });
    const { status, json } = await exchangeGithub(simulator, simulator.createGrant("github"));
    expect(status).toBe(403);
    expect(json).toMatchObject({
      error_details: {
        notification_id: copilotRefusal,
        message: expect.any(String),
        title: expect.any(String),
      },
      message: "Resource not accessible by integration",
    });
    expect(simulator.journal.at(-1)).toMatchObject({ kind: "exchange", outcome: copilotRefusal });
  },
);

test.each([
  ["rate_limited", 403, /^API rate limit exceeded/],
  ["secondary_rate_limited", 429, /secondary rate limit/],
  ["not_found", 404, /^Not Found$/],
  ["bad_credentials", 401, /^Bad credentials$/],
] as const)("the refusal %s has no envelope and says why", async (copilotRefusal, expected, message) => {
  await using simulator = await startSimulator({ copilotRefusal });
  const { status, json, headers } = await exchangeGithub(simulator, simulator.createGrant("github"));
  expect(status).toBe(expected);
  expect(json["message"]).toMatch(message);
  expect(json).not.toHaveProperty("error_details");
  expect(headers.get("retry-after")).toBe(copilotRefusal === "secondary_rate_limited" ? "60" : null);
});

test("each plan has its sku and its quotas", async () => {
  await using simulator = await startSimulator({ plan: "free" });
  const grant = simulator.createGrant("github");
  expect((await exchangeGithub(simulator, grant)).json).toMatchObject({
    sku: "free_limited_copilot",
    limited_user_quotas: { chat: 500, completions: 4000 },
  });
  simulator.settings.plan = "business";
  expect((await exchangeGithub(simulator, grant)).json).toMatchObject({
    sku: "copilot_for_business_seat",
    individual: false,
    organization_list: [expect.stringMatching(/^[0-9a-f]{32}$/)],
  });
  const usage = async (): Promise<unknown> =>
    (await send(`${simulator.githubApiUrl}/copilot_internal/user`, { headers: bearer(grant) })).json;
  expect(await usage()).toMatchObject({
    copilot_plan: "business",
    token_based_billing: true,
    quota_snapshots: {
      premium_interactions: { unlimited: true, entitlement: 0, credits_used: 31, token_based_billing: true },
    },
  });
  simulator.settings.plan = "individual";
  expect(await usage()).toMatchObject({
    copilot_plan: "individual",
    quota_snapshots: {
      premium_interactions: { entitlement: 1500, remaining: 1437.5, has_quota: true, credits_used: 62.5 },
    },
  });
  Object.assign(simulator.settings, { plan: "business", billing: "requests" });
  expect(await usage()).toMatchObject({
    copilot_plan: "business",
    organization_login_list: ["octo-org"],
    token_based_billing: false,
    quota_snapshots: {
      premium_interactions: {
        quota_id: "premium_interactions",
        entitlement: 300,
        remaining: 287,
        unlimited: false,
        overage_count: 0,
        overage_permitted: false,
        percent_remaining: expect.any(Number),
      },
    },
  });
});

test("the user is the one who approved", async () => {
  await using simulator = await startSimulator();
  const headers = bearer(simulator.createGrant("github", { login: "hubot" }));
  expect((await send(`${simulator.githubApiUrl}/user`, { headers })).json).toMatchObject({
    login: "hubot",
    type: "User",
    id: expect.any(Number),
  });
});
