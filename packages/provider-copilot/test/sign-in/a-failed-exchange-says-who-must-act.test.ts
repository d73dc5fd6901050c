import type { TokenFlowError } from "@tokenflow/core";
import { type Answer, createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";
import { start } from "../envelope.ts";

const grant = { githubToken: "gho_0123456789", host: "github.com" };
const manual = "https://docs.github.com/rest";

async function refusal(answer: Answer): Promise<TokenFlowError> {
  const { call } = createFakeCall(answer);
  return failureOf(createCopilotProvider({ mode: "exchange" }).redeem(grant, call));
}

function notice(id: string, changes: object = {}): object {
  return {
    can_signup_for_limited: false,
    error_details: {
      message: "No access to GitHub Copilot found.",
      notification_id: id,
      title: "Signup for GitHub Copilot",
      url: "https://github.com/settings/copilot?editor={EDITOR}",
      ...changes,
    },
    message: "Resource not accessible by integration",
  };
}

describe("a failed exchange says who must act", () => {
  test("a bad credential is a revoked session", async () => {
    const json = { message: "Bad credentials", documentation_url: manual, status: "401" };
    expect(await refusal({ status: 401, json })).toMatchObject({
      code: "session.revoked",
      hint: expect.stringContaining("Sign in"),
    });
  });

  test("a missing plan is reported with its notice and link, never as a revoked session", async () => {
    const error = await refusal({ status: 403, json: notice("no_copilot_access") });
    expect(error).toMatchObject({
      code: "provider.no_entitlement",
      reason: "no_copilot_access",
      grantUnused: true,
    });
    expect(error.message).toContain("No access to GitHub Copilot found.");
    expect(error.hint).toContain("no Copilot plan");
    expect(error.hint).toContain("https://github.com/settings/copilot?editor=tokenflow");
  });

  test("a notice is recognised with a 200 too", async () => {
    expect(await refusal({ status: 200, json: notice("subscription_ended") })).toMatchObject({
      code: "provider.no_entitlement",
      reason: "subscription_ended",
    });
  });

  test("a notice may have the name of a member that every object has", async () => {
    const error = await refusal({ status: 403, json: notice("constructor") });
    expect(error).toMatchObject({ code: "provider.forbidden", reason: "constructor" });
  });

  test("an unknown notice keeps its id and gets our link if it has none", async () => {
    const error = await refusal({ status: 403, json: notice("brand_new", { url: "javascript:alert(1)" }) });
    expect(error).toMatchObject({ code: "provider.forbidden", reason: "brand_new" });
    expect(error.hint).toContain("https://github.com/settings/copilot");
    expect(error.hint).not.toContain("javascript");
  });

  test.each(["go_http_client", "programmatic_token_generation"])(
    "%s is reported and not worked around",
    async (id) => {
      const error = await refusal({ status: 403, json: notice(id) });
      expect(error).toMatchObject({ code: "provider.client_not_allowed", reason: id });
      expect(error.hint).toContain("refuses this client");
    },
  );

  test.each(["not_signed_up", "access_revoked", "enterprise_managed_user_account", "expired_coupon"])(
    "%s is a missing plan or seat",
    async (id) => {
      expect(await refusal({ status: 403, json: notice(id) })).toMatchObject({
        code: "provider.no_entitlement",
        reason: id,
      });
    },
  );

  test.each(["spammy_user", "billing_locked", "snippy_not_configured", "trade_restricted"])(
    "%s is a problem of the account",
    async (id) => {
      expect(await refusal({ status: 403, json: notice(id) })).toMatchObject({
        code: "provider.forbidden",
        reason: id,
      });
    },
  );

  test("a problem of Copilot itself is temporary", async () => {
    expect(await refusal({ status: 403, json: notice("server_error") })).toMatchObject({
      code: "provider.unavailable",
      reason: "server_error",
      hint: expect.stringContaining("later"),
    });
  });

  test("a rate limit with a 403 is not a missing plan, and waits until the reset", async () => {
    const error = await refusal({
      status: 403,
      headers: {
        date: new Date(start + 90_000).toUTCString(),
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": String(start / 1000 + 150),
      },
      json: { message: "API rate limit exceeded for user ID 1.", documentation_url: manual, status: "403" },
    });
    expect(error).toMatchObject({ code: "provider.rate_limited", retryAfter: 60_000, grantUnused: true });
    expect(error.hint).toContain("Wait");
  });

  test.each([
    ["a word alone", { status: 403, json: { message: "API rate limit exceeded for user ID 1." } }, undefined],
    ["Retry-After", { status: 403, headers: { "retry-after": "7" }, json: { message: "slow" } }, 7_000],
    ["a 429", { status: 429, headers: { "retry-after": "60" }, text: "" }, 60_000],
    [
      "an hour at most",
      {
        status: 403,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(start / 1000 + 999_999) },
        json: { message: "no" },
      },
      3_600_000,
    ],
  ])("a rate limit is recognised by %s", async (_, answer, retryAfter) => {
    expect(await refusal(answer)).toMatchObject({ code: "provider.rate_limited", retryAfter });
  });

  test("a 404 for an app that may not exchange has its own reason", async () => {
    const error = await refusal({ status: 404, json: { message: "Not Found", documentation_url: manual } });
    expect(error).toMatchObject({
      code: "provider.client_not_allowed",
      reason: "wrong_app",
      grantUnused: true,
    });
    expect(error.hint).toContain("client id");
  });

  test("a refusal by single sign-on says so", async () => {
    const json = {
      message: "Resource protected by organization SAML enforcement.",
      documentation_url: manual,
    };
    expect(await refusal({ status: 403, json })).toMatchObject({
      code: "provider.forbidden",
      hint: expect.stringContaining("single sign-on"),
    });
  });

  test.each([
    ["a page with a 502", { status: 502, text: "<html>Unicorn!</html>" }, undefined, undefined],
    ["a 500 in GitHub's words", { status: 500, json: { message: "Server Error" } }, undefined, undefined],
    ["a 408", { status: 408, text: "" }, undefined, undefined],
    ["a 503 that says when", { status: 503, headers: { "retry-after": "9" }, text: "" }, 9_000, true],
    ["a notice with a 500", { status: 500, json: notice("no_copilot_access") }, undefined, undefined],
    ["a connection that broke", { error: "ECONNRESET" } as const, undefined, undefined],
  ])("%s is temporary, and the person waits", async (_, answer, retryAfter, grantUnused) => {
    const error = await refusal(answer);
    expect(error).toMatchObject({ code: "provider.unavailable", retryAfter, grantUnused });
    expect(error.hint).toBeTypeOf("string");
  });

  test.each([
    ["a page with a 200", { text: "<html>Sign in to the hotel</html>" }],
    ["a page with a 404", { status: 404, text: "<html>Not here</html>" }],
    ["a 401 without GitHub's words", { status: 401, text: "<html>Proxy</html>" }],
    ["an object of something else", { json: { hello: "world" } }],
  ])("%s is not of the protocol", async (_, answer) => {
    expect(await refusal(answer)).toMatchObject({
      code: "provider.malformed",
      grantUnused: undefined,
      hint: expect.stringContaining("proxy"),
    });
  });
});
