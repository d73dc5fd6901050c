import { Token } from "@tokenflow/core";
import { createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createHyperProvider, hyperCredentialsFromEnv, hyperOptionsFromEnv } from "@tokenflow/provider-hyper";
import { describe, expect, test } from "vitest";

const start = Date.UTC(2026, 0, 1);
const token = new Token({
  accessToken: "a1",
  issuedAt: start,
  details: { endpoints: { api: "https://evil.example" } },
});
const session = { provider: "hyper", account: "default", token };

describe("Hyper's API is used at one address", () => {
  test.each([
    [{}, "https://hyper.charm.land/v1"],
    [{ url: "https://hyper.example/base/" }, "https://hyper.example/base/v1"],
    [{ url: "http://127.0.0.1:9" }, "http://127.0.0.1:9/v1"],
  ])("%j: %s", (options, address) => {
    const { upstream } = createHyperProvider(options);
    expect([upstream.baseUrl, upstream.address(token)]).toEqual([address, address]);
  });

  test.each(["http://hyper.charm.land", "https://a:b@hyper.example", "https://hyper.example?x=1", "nowhere"])(
    "%s may not receive a token",
    (url) => {
      expect(() => createHyperProvider({ url })).toThrow(
        expect.objectContaining({ code: "provider.misconfigured" }),
      );
    },
  );

  test("the environment is read only on request", () => {
    expect(hyperOptionsFromEnv({ HYPER_URL: "http://127.0.0.1:9" })).toEqual({ url: "http://127.0.0.1:9" });
    expect(hyperOptionsFromEnv({ HYPER_URL: "" })).toEqual({ url: undefined });
  });

  test("HYPER_API_KEY wins over a grant, and TOKENFLOW_HYPER_TOKEN over both", () => {
    const env = { HYPER_API_KEY: "sk-hyper-1", TOKENFLOW_HYPER_GRANT: "r1" };
    expect(hyperCredentialsFromEnv({ ...env, TOKENFLOW_HYPER_TOKEN: "a1" })).toEqual({ staticToken: "a1" });
    expect(hyperCredentialsFromEnv(env)).toEqual({ staticToken: "sk-hyper-1" });
    expect(hyperCredentialsFromEnv({ ...env, HYPER_API_KEY: "" })).toEqual({ grant: { refreshToken: "r1" } });
    expect(hyperCredentialsFromEnv({})).toEqual({});
  });

  test("models are read one by one, and asked for again by their ETag", async () => {
    const kimi = {
      id: "kimi",
      name: "Kimi",
      context_window: 262_144,
      can_reason: true,
      supports_attachments: false,
    };
    const models = [kimi, { id: "kimi" }, { id: 5 }, null, { id: "plain", context_window: "big" }];
    const { call, requests } = createFakeCall(
      { json: { id: "hyper", models }, headers: { etag: '"1"' } },
      { status: 304 },
      { status: 401, json: { error: "invalid token: token has invalid claims: token is expired" } },
      { json: { models: [] } },
    );
    const { upstream } = createHyperProvider();
    const known = [{ id: "kimi", name: "Kimi", contextWindow: 262_144, reasoning: true }, { id: "plain" }];
    expect(await upstream.models?.(token, call)).toEqual(known);
    expect(await upstream.models?.(token, call)).toEqual(known);
    expect((await failureOf(upstream.models?.(token, call))).code).toBe("token.rejected");
    expect(await upstream.models?.(token, call)).toEqual([]);
    expect(requests.map(({ headers }) => headers.get("if-none-match"))).toEqual([null, '"1"', '"1"', null]);
    expect(requests[0]?.url).toBe("https://hyper.charm.land/v1/provider");
    expect(requests[0]?.headers.get("authorization")).toBe("Bearer a1");
  });

  test.each([
    [{ balance: 12.5 }, { name: "credits", remaining: 12.5, unit: "hypercredits" }],
    [{ balance_usd: -1 }, { name: "credits", remaining: -1, unit: "USD" }],
  ])("credits are read as %j", async (json, quota) => {
    const { call, requests } = createFakeCall({ json });
    expect(await createHyperProvider().upstream.usage?.(session, call)).toEqual({ quotas: [quota] });
    expect(requests[0]?.url).toBe("https://hyper.charm.land/v1/credits");
  });

  test.each([
    ["no credits left", 402, { error: "insufficient credits" }, "provider.no_entitlement", "out_of_credits"],
    [
      "no access",
      403,
      { error: { message: "not your team", type: "x", code: null } },
      "provider.forbidden",
      undefined,
    ],
    ["too many", 429, { error: "slow down" }, "provider.rate_limited", undefined],
    ["trouble", 500, { error: { message: "oops" } }, "provider.unavailable", undefined],
    ["something else", 200, { balance: "twelve" }, "provider.malformed", undefined],
  ])("%s is an error of ours", async (_, status, json, code, reason) => {
    const { call } = createFakeCall({ status, json, headers: { "retry-after": "9" } });
    const error = await failureOf(createHyperProvider().upstream.usage?.(session, call));
    expect(error).toMatchObject({ code, reason, status });
    expect(error.hint).toBeTypeOf("string");
  });

  test("only a 401 rejects a token", () => {
    const { upstream } = createHyperProvider();
    const refused = (status: number): boolean =>
      upstream.isTokenRejected({ status, headers: new Headers(), body: "" });
    expect([401, 402, 403, 429, 500].map(refused)).toEqual([true, false, false, false, false]);
  });
});
