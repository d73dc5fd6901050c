import { createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";
import { start } from "../envelope.ts";

const provider = createCopilotProvider({ mode: "direct" });
const grant = { githubToken: "gho_1" };

describe("direct mode returns the GitHub token", () => {
  test("after one request that checks it and names its address", async () => {
    const { call, requests } = createFakeCall({
      json: {
        login: "octocat",
        copilot_plan: "individual",
        endpoints: { api: "https://api.individual.githubcopilot.com" },
      },
    });
    expect((await provider.redeem(grant, call)).token).toEqual({
      accessToken: "gho_1",
      tokenType: "Bearer",
      lifetime: "none",
      details: {
        host: "github.com",
        mode: "direct",
        plan: "individual",
        flags: {},
        endpoints: { api: "https://api.individual.githubcopilot.com" },
      },
    });
    expect(requests.map(({ url }) => url)).toEqual(["https://api.github.com/copilot_internal/user"]);
  });

  test.each([
    ["https://api.githubcopilot.com", "github.com", "Bearer"],
    ["https://api.individual.githubcopilot.com", "github.com", "Bearer"],
    ["https://api.business.githubcopilot.com", "github.com", "token"],
    ["https://api.enterprise.githubcopilot.com", "github.com", "token"],
    ["https://copilot-api.octo.ghe.com", "octo.ghe.com", "token"],
  ])("for %s with the scheme of that host", async (api, host, scheme) => {
    const { call } = createFakeCall({ json: { login: "octocat", endpoints: { api } } });
    const { token } = await createCopilotProvider({ mode: "direct" }).redeem({ ...grant, host }, call);
    expect(token?.tokenType).toBe(scheme);
  });

  test("with the lifetime that GitHub stated", async () => {
    const { call } = createFakeCall({ json: { login: "octocat" } });
    const expiring = { ...grant, refreshToken: "ghr_1", expiresAt: start + 7_200_000 };
    expect((await provider.redeem(expiring, call)).token?.lifetime).toBe(7_200_000);
  });

  test.each([403, 404])(
    "also if that request is not allowed for this app (%i): the API decides",
    async (status) => {
      const { call } = createFakeCall({ status, json: { message: "Not for you" } });
      expect((await provider.redeem(grant, call)).token?.accessToken).toBe("gho_1");
    },
  );

  test("but not if it is revoked, or the account has no Copilot", async () => {
    const dead = createFakeCall({ status: 401, json: { message: "Bad credentials" } });
    expect((await failureOf(provider.redeem(grant, dead.call))).code).toBe("session.revoked");
    const none = createFakeCall({
      status: 403,
      json: { error_details: { notification_id: "no_copilot_access" } },
    });
    expect((await failureOf(provider.redeem(grant, none.call))).reason).toBe("no_copilot_access");
  });
});
