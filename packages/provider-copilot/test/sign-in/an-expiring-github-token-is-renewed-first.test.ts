import { createFakeCall, failureOf } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";
import { envelope, start } from "../envelope.ts";

const badCredentials = { status: 401, json: { message: "Bad credentials", status: "401" } };
const hours = 3_600_000;
const grant = {
  githubToken: "ghu_old",
  clientId: "Iv1.other",
  host: "github.com",
  refreshToken: "ghr_old",
  issuedAt: start - 4 * hours,
  expiresAt: start + 4 * hours,
};
const renewal = {
  json: {
    access_token: "ghu_new",
    expires_in: 28_800,
    refresh_token: "ghr_new",
    token_type: "bearer",
    scope: "",
  },
};

describe("an expiring GitHub token is renewed first", () => {
  test("while it is valid it is exchanged", async () => {
    const { call, clock, requests } = createFakeCall(envelope());
    const provider = createCopilotProvider({ clock });
    expect(provider.grantReplay(grant)).toBe("always");
    expect(await provider.redeem(grant, call)).toMatchObject({
      token: { accessToken: "tid=1;exp=2:mac" },
      grant,
    });
    expect(requests[0]?.url).toContain("/copilot_internal/v2/token");
  });

  test("shortly before its end, one request renews it and returns no token", async () => {
    const { call, clock, requests } = createFakeCall(renewal);
    clock.jump(4 * hours - 299_000);
    const provider = createCopilotProvider({ clock });
    expect(provider.grantReplay(grant)).toBe("never");
    expect(await provider.redeem(grant, call)).toEqual({
      grant: {
        ...grant,
        githubToken: "ghu_new",
        refreshToken: "ghr_new",
        issuedAt: clock.now(),
        expiresAt: clock.now() + 8 * hours,
      },
    });
    expect(requests).toHaveLength(1);
    expect(new URLSearchParams(requests[0]?.body).toString()).toBe(
      "client_id=Iv1.other&grant_type=refresh_token&refresh_token=ghr_old",
    );
  });

  test("a replay is forbidden shortly before the step changes", () => {
    const { clock } = createFakeCall();
    clock.jump(4 * hours - 330_000);
    expect(createCopilotProvider({ clock }).grantReplay(grant)).toBe("never");
  });

  test("a token that ended early is renewed by the next step", async () => {
    const { call } = createFakeCall(badCredentials, renewal);
    const provider = createCopilotProvider();
    const step = await provider.redeem(grant, call);
    expect(step).toEqual({ grant: { ...grant, expiresAt: 0 } });
    expect(await provider.redeem(step.grant ?? {}, call)).toMatchObject({
      grant: { githubToken: "ghu_new" },
    });
  });

  test("a token that is refused right after its renewal is not renewed again", async () => {
    const { call } = createFakeCall(badCredentials);
    const fresh = { ...grant, issuedAt: start };
    expect((await failureOf(createCopilotProvider().redeem(fresh, call))).code).toBe("session.revoked");
  });

  test.each([
    ["bad_refresh_token", "session.revoked", undefined],
    ["incorrect_client_credentials", "provider.misconfigured", true],
  ])("%s with a 200 is %s", async (error, code, grantUnused) => {
    const { call } = createFakeCall({ json: { error, error_description: "no" } });
    const over = { ...grant, expiresAt: 0 };
    expect(await failureOf(createCopilotProvider().redeem(over, call))).toMatchObject({ code, grantUnused });
  });

  test("a limit, which GitHub may answer as a 403, keeps the refresh token for later", async () => {
    const limit = { status: 403, headers: { "retry-after": "40" }, text: "<html>" };
    const { call } = createFakeCall(limit);
    const expired = { ...grant, expiresAt: 0 };
    await expect(createCopilotProvider().redeem(expired, call)).rejects.toMatchObject({
      code: "provider.rate_limited",
      retryAfter: 40_000,
      grantUnused: true,
    });
  });

  test("a new refresh token is kept even if the token beside it cannot be read", async () => {
    const { call } = createFakeCall({ json: { access_token: 5, refresh_token: "ghr_new" } });
    const over = { ...grant, expiresAt: 0 };
    expect((await createCopilotProvider().redeem(over, call)).grant).toMatchObject({
      githubToken: "ghu_old",
      refreshToken: "ghr_new",
      expiresAt: 0,
    });
  });

  test("a renewal without a new refresh token keeps the old one", async () => {
    const { call } = createFakeCall({ json: { access_token: "ghu_new", expires_in: 28_800 } });
    const { grant: next } = await createCopilotProvider().redeem({ ...grant, expiresAt: 0 }, call);
    expect(next).toMatchObject({ githubToken: "ghu_new", refreshToken: "ghr_old" });
  });

  test("a token that does not expire can be exchanged any number of times", () => {
    expect(createCopilotProvider().grantReplay({ githubToken: "gho_1" })).toBe("always");
  });
});
