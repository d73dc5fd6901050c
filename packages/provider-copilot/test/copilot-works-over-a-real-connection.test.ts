import { createMemoryStore, createTokenManager, importSession, Token } from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import { type CopilotMode, createCopilotProvider } from "@tokenflow/provider-copilot";
import { type SimulatorOptions, startSimulator } from "@tokenflow/simulator";
import { describe, expect, test, vi } from "vitest";

const call = { http: createHttp(), clock: systemClock };

async function start(options: SimulatorOptions = {}, mode?: CopilotMode) {
  const simulator = await startSimulator({ interval: 0, ...options });
  const { githubUrl, githubApiUrl } = simulator;
  const provider = createCopilotProvider({ githubUrl, githubApiUrl, mode });
  const signIn = async () => {
    const code = await provider.requestDeviceCode(call);
    simulator.approve(code.userCode);
    const result = await provider.pollDeviceCode(code, call);
    if (result.status !== "granted") throw new Error(result.status);
    return result.grant;
  };
  return { simulator, provider, signIn, [Symbol.asyncDispose]: () => simulator.close() };
}

describe("Copilot works over a real connection", () => {
  test("from the code to a model's answer, and every request goes to its own service", async () => {
    await using connection = await start({ unknownEditors: true });
    const { simulator, provider } = connection;
    const code = await provider.requestDeviceCode(call);
    expect(code).toMatchObject({ lifetime: 899_000, verificationUri: `${simulator.githubUrl}/login/device` });
    expect(await provider.pollDeviceCode(code, call)).toEqual({ status: "pending" });
    simulator.approve(code.userCode);
    const polled = await provider.pollDeviceCode(code, call);
    if (polled.status !== "granted") throw new Error(polled.status);
    const { grant } = polled;

    const { token: redeemed } = await provider.redeem(grant, call);
    if (!redeemed) throw new Error("no token");
    expect(redeemed).toMatchObject({ lifetime: expect.any(Number), dueIn: 1_500_000 });
    const token = new Token({ ...redeemed, issuedAt: Date.now() });
    const session = { provider: "copilot", account: "default", grant, token };
    expect(await provider.identify?.(session, call)).toEqual({ login: "octocat" });

    const { upstream } = provider;
    expect(upstream.address(token)).toBe(simulator.copilotUrl);
    expect((await upstream.models?.(token, call))?.length).toBeGreaterThan(0);
    expect(await upstream.models?.(token, call)).toEqual(await upstream.models?.(token, call));
    const usage = await upstream.usage?.(session, call);
    expect(usage?.plan).toBe("individual");
    expect(usage?.quotas.map(({ name }) => name)).toContain("premium_interactions");

    const [model] = (await upstream.models?.(token, call)) ?? [];
    const question = { model: model?.id ?? "", messages: [{ role: "user", content: "hi" }] };
    const answer = await fetch(`${upstream.address(token)}/chat/completions`, {
      method: "POST",
      headers: {
        ...upstream.headers({ path: "/chat/completions", headers: {}, json: () => question }),
        authorization: token.authorization,
        "content-type": "application/json",
      },
      body: JSON.stringify(question),
    });
    expect(await answer.json()).toMatchObject({ choices: expect.any(Array) });

    simulator.expireTokens();
    const late = await fetch(`${simulator.copilotUrl}/models`, {
      headers: { authorization: token.authorization },
    });
    expect(
      upstream.isTokenRejected({ status: late.status, headers: late.headers, body: await late.text() }),
    ).toBe(true);
    expect((await failureOf(upstream.models?.(token, call))).code).toBe("token.rejected");

    await provider.revoke?.(session, call);
    expect((await failureOf(provider.redeem(grant, call))).code).toBe("session.revoked");
    expect(simulator.journal.filter(({ misdirected }) => misdirected)).toEqual([]);
  });

  test.each([
    ["no_copilot_access", "provider.no_entitlement", "no_copilot_access"],
    ["not_found", "provider.client_not_allowed", "wrong_app"],
    ["rate_limited", "provider.rate_limited", undefined],
    ["secondary_rate_limited", "provider.rate_limited", undefined],
    ["bad_credentials", "session.revoked", undefined],
  ])("an exchange refused as %s is %s", async (copilotRefusal, code, reason) => {
    await using connection = await start({ copilotRefusal }, "exchange");
    const grant = await connection.signIn();
    expect(await failureOf(connection.provider.redeem(grant, call))).toMatchObject({ code, reason });
  });

  test("an expiring GitHub token is renewed, and the old one is invalid", async () => {
    await using connection = await start({ githubExpiring: true });
    const { provider, simulator } = connection;
    const grant = await connection.signIn();
    expect(provider.grantReplay(grant)).toBe("always");
    expect((await provider.redeem(grant, call)).token).toBeDefined();

    const step = await provider.redeem({ ...grant, expiresAt: 0 }, call);
    expect(step.token).toBeUndefined();
    expect((await provider.redeem(step.grant ?? {}, call)).token).toBeDefined();
    expect(simulator.journal.map(({ kind }) => kind).slice(-3)).toEqual(["exchange", "refresh", "exchange"]);

    const again = await failureOf(provider.redeem({ ...grant, expiresAt: 0 }, call));
    expect(again).toMatchObject({ code: "session.revoked", reason: "bad_refresh_token" });
  });

  test("a manager renews and exchanges in one call, and stores the renewed grant", async () => {
    await using connection = await start({ githubExpiring: true });
    const { provider, simulator } = connection;
    const grant = { ...(await connection.signIn()), expiresAt: 0 };
    await using manager = createTokenManager({ provider, grant });
    await manager.getToken();
    await manager.getToken({ forceRefresh: true });
    const redemptions = simulator.journal
      .map(({ kind }) => kind)
      .filter((kind) => /refresh|exchange/.test(kind));
    expect(redemptions).toEqual(["refresh", "exchange", "exchange"]);
  });

  test("a renewed grant is stored before the exchange is tried, so that its failure cannot lose it", async () => {
    await using connection = await start({ githubExpiring: true });
    const { provider, simulator } = connection;
    const store = createMemoryStore();
    const signedIn = await connection.signIn();
    const grant = { ...signedIn, expiresAt: 0 };
    await importSession({ provider, store, grant });
    simulator.fault({ service: "github-api", reset: true });
    await using first = createTokenManager({ provider, store });
    expect((await failureOf(first.getToken())).code).toBe("provider.unavailable");
    const stored = String(await store.get("copilot/default"));
    expect(stored).toMatch(/"refreshToken":"ghr_/);
    expect(stored).not.toContain(signedIn["refreshToken"]);

    simulator.clearFaults();
    const { grant: renewed } = JSON.parse(stored);
    expect((await provider.redeem(renewed, call)).token).toBeDefined();
    expect((await failureOf(provider.redeem(grant, call))).code).toBe("session.revoked");
  });

  test("a reset leaves the outcome unknown, a refused connection leaves the grant unused", async () => {
    await using connection = await start();
    const grant = await connection.signIn();
    connection.simulator.fault({ service: "github-api", reset: true });
    expect(await failureOf(connection.provider.redeem(grant, call))).toMatchObject({
      code: "provider.unavailable",
      grantUnused: undefined,
    });
    await connection.simulator.close();
    expect(await failureOf(connection.provider.redeem(grant, call))).toMatchObject({
      code: "provider.unavailable",
      grantUnused: true,
    });
  });

  test("a manager signs in, exchanges once, and gets a new token after a rejection", async () => {
    await using connection = await start({ interval: 0.01 });
    const { simulator, provider } = connection;
    await using manager = createTokenManager({ provider });
    const begun = await manager.acquire();
    if (begun.status !== "pending") throw new Error(begun.status);
    simulator.approve(begun.userCode);
    await vi.waitFor(async () => expect((await manager.acquire()).status).toBe("authorized"), {
      timeout: 10_000,
    });
    const [token, same] = await Promise.all([manager.getToken(), manager.getToken()]);
    expect(same).toBe(token);
    // The login is requested after the token, and delays no caller.
    await vi.waitFor(async () =>
      expect(await manager.status()).toMatchObject({ state: "valid", login: "octocat" }),
    );

    simulator.expireTokens();
    manager.reject(token);
    const tokens = await Promise.all(Array.from({ length: 10 }, () => manager.getToken()));
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
    expect(simulator.journal.filter(({ kind }) => kind === "exchange")).toHaveLength(2);
  });
});
