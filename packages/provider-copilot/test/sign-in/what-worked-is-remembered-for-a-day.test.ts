import { Token } from "@tokenflow/core";
import { type Answer, createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";
import { envelope, start } from "../envelope.ts";

const HOUR = 3_600_000;
const provider = createCopilotProvider();
const remembered = (age: number, more: object = {}) => ({
  githubToken: "gho_1",
  directSince: start - age,
  directReason: "because",
  ...more,
});
const account: Answer = { json: { login: "octocat" } };
const notFound: Answer = { status: 404, json: { message: "Not Found" } };

async function redeem(grant: Parameters<typeof provider.redeem>[0], ...answers: readonly Answer[]) {
  const { call, requests } = createFakeCall(...answers);
  const redemption = await provider.redeem(grant, call);
  return { ...redemption, asked: requests.map(({ url }) => url.replace(/^.*copilot_internal\//, "")) };
}

describe("what worked is remembered for a day", () => {
  test("and each redemption stays one request", async () => {
    const refused = await redeem({ githubToken: "gho_1" }, notFound);
    expect(refused).toMatchObject({ asked: ["v2/token"], grant: { directSince: start } });
    expect(refused.token).toBeUndefined();
    const direct = await redeem(refused.grant ?? {}, account);
    expect(direct).toMatchObject({ asked: ["user"], token: { accessToken: "gho_1", dueIn: 24 * HOUR } });
  });

  test("so a later redemption asks what is left of the day", async () => {
    const { token } = await redeem(remembered(20 * HOUR), account);
    expect(token).toMatchObject({ dueIn: 4 * HOUR, lifetime: 7 * HOUR });
  });

  test("but not longer than the GitHub token lives", async () => {
    const expiring = { refreshToken: "ghr_1", issuedAt: start - HOUR, expiresAt: start + 7 * HOUR };
    const { token } = await redeem(remembered(HOUR, expiring), account);
    expect(token?.lifetime).toBe(7 * HOUR);
  });

  test.each([
    ["after a day", 24 * HOUR],
    ["if a clock was set back", -HOUR],
  ])("and the exchange is asked again %s, which clears the memory", async (_, age) => {
    const { asked, token, grant } = await redeem(remembered(age), envelope());
    expect([asked, token?.accessToken]).toEqual([["v2/token"], "tid=1;exp=2:mac"]);
    expect(grant).toEqual({ githubToken: "gho_1" });
  });

  test("and a block that GitHub introduced meanwhile is told, not walked around", async () => {
    const { call, requests } = createFakeCall({
      status: 403,
      json: { error_details: { notification_id: "programmatic_token_generation", message: "No robots." } },
    });
    const error = await failureOf(provider.redeem(remembered(25 * HOUR), call));
    expect(error).toMatchObject({
      code: "provider.client_not_allowed",
      reason: "programmatic_token_generation",
    });
    expect(error.message).toContain("No robots.");
    expect(requests).toHaveLength(1);
  });

  test("unless the API rejected what was remembered", async () => {
    const token = new Token({ accessToken: "gho_1", issuedAt: start, details: { mode: "direct" } });
    const rejection = { status: 401, headers: new Headers(), body: "unauthorized", token };
    const { call, requests } = createFakeCall(envelope());
    const { token: exchanged } = await provider.redeem(remembered(HOUR), { ...call, rejection });
    expect(exchanged?.accessToken).toBe("tid=1;exp=2:mac");
    expect(requests).toHaveLength(1);
  });

  test("and a refusal of both ways names both", async () => {
    const { call } = createFakeCall({
      status: 403,
      json: { error_details: { notification_id: "no_copilot_access", message: "No access found." } },
    });
    const error = await failureOf(provider.redeem(remembered(HOUR), call));
    expect(error.message).toContain("No access found.");
    expect(error.hint).toContain("because");
  });

  test.each([
    { message: "Resource protected by organization SAML enforcement." },
    { message: "Forbidden", reason: "policy" },
    { message: "Your account was suspended." },
    { message: "Automated use is not allowed." },
    { message: "Forbidden", notification_id: "programmatic_token_generation" },
    { message: "Forbidden", error_details: null },
    { message: "API rate limit exceeded for user ID 1." },
  ])("a 403 that says %j is never a reason for direct", async (json) => {
    const { call } = createFakeCall({ status: 403, json });
    expect((await failureOf(provider.redeem({ githubToken: "gho_1" }, call))).status).toBe(403);
  });
});
