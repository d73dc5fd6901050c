import { createTokenManager, Token } from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import { type SimulatorOptions, startSimulator } from "@tokenflow/simulator";
import { describe, expect, test, vi } from "vitest";

const call = { http: createHttp(), clock: systemClock };

async function start(options: SimulatorOptions = {}) {
  const simulator = await startSimulator({ interval: 0, ...options });
  const provider = createHyperProvider({ url: simulator.hyperUrl });
  const signIn = async () => {
    const code = await provider.requestDeviceCode(call);
    simulator.approve(code.userCode);
    const result = await provider.pollDeviceCode(code, call);
    if (result.status !== "granted") throw new Error(result.status);
    return result.grant;
  };
  return { simulator, provider, signIn, [Symbol.asyncDispose]: () => simulator.close() };
}

describe("Hyper works over a real connection", () => {
  test.each(["expires_in", "expires_at"] as const)(
    "from the code to the credits, by %s",
    async (hyperExpiry) => {
      await using connection = await start({ hyperExpiry });
      const { simulator, provider } = connection;
      const code = await provider.requestDeviceCode(call);
      expect(await provider.pollDeviceCode(code, call)).toEqual({ status: "pending" });
      simulator.approve(code.userCode);
      const polled = await provider.pollDeviceCode(code, call);
      if (polled.status !== "granted") throw new Error(polled.status);

      const { token: redeemed, grant } = await provider.redeem(polled.grant, call);
      if (!redeemed || !grant) throw new Error("no token");
      expect(grant).not.toEqual(polled.grant);
      expect(Math.abs(Number(redeemed.lifetime) - 3_600_000)).toBeLessThan(2_000);
      const token = new Token({ ...redeemed, issuedAt: Date.now() });
      const session = { provider: "hyper", account: "default", grant, token };

      expect(await provider.identify?.(session, call)).toEqual({ login: "Octo Team" });
      expect(token.details).toMatchObject({ team: { name: "Octo Team" } });
      expect((await provider.upstream.models?.(token, call))?.length).toBeGreaterThan(0);
      expect(await provider.upstream.models?.(token, call)).toEqual(
        await provider.upstream.models?.(token, call),
      );
      const usage = await provider.upstream.usage?.(session, call);
      expect(usage?.quotas[0]).toMatchObject({ name: "credits", remaining: 1000, unit: "hypercredits" });
      expect(simulator.journal.filter(({ misdirected }) => misdirected)).toEqual([]);

      simulator.expireTokens();
      expect((await failureOf(provider.upstream.usage?.(session, call))).code).toBe("token.rejected");
    },
  );

  test("a reused grant is revoked with its family", async () => {
    await using connection = await start();
    const grant = await connection.signIn();
    const { grant: next } = await connection.provider.redeem(grant, call);
    expect((await failureOf(connection.provider.redeem(grant, call))).code).toBe("session.revoked");
    expect((await failureOf(connection.provider.redeem(next ?? {}, call))).code).toBe("session.revoked");
    expect(connection.simulator.counts.reuses).toBe(1);
  });

  test("a denial and a used code end the sign-in", async () => {
    await using connection = await start();
    const { simulator, provider } = connection;
    const denied = await provider.requestDeviceCode(call);
    simulator.deny(denied.userCode);
    expect((await failureOf(provider.pollDeviceCode(denied, call))).code).toBe("device.denied");
    const used = await provider.requestDeviceCode(call);
    simulator.approve(used.userCode);
    await provider.pollDeviceCode(used, call);
    expect((await failureOf(provider.pollDeviceCode(used, call))).code).toBe("device.unknown");
  });

  test("an API key needs no sign-in", async () => {
    await using connection = await start();
    const { simulator, provider } = connection;
    await using manager = createTokenManager({ provider, staticToken: "sk-hyper-simulated" });
    const token = await manager.getToken();
    const session = { provider: "hyper", account: "default", token };
    expect((await provider.upstream.usage?.(session, call))?.quotas).toHaveLength(1);
    expect(simulator.journal.map(({ kind }) => kind)).toEqual(["credits"]);
  });

  test("a manager exchanges once for all callers, and the grant rotates", async () => {
    await using connection = await start({ interval: 0.01 });
    const { simulator, provider } = connection;
    await using manager = createTokenManager({ provider });
    const begun = await manager.acquire();
    if (begun.status !== "pending") throw new Error(begun.status);
    simulator.approve(begun.userCode);
    await vi.waitFor(async () => expect((await manager.acquire()).status).toBe("authorized"), {
      timeout: 10_000,
    });
    const token = await manager.getToken();

    simulator.expireTokens();
    manager.reject(token);
    const tokens = await Promise.all(Array.from({ length: 10 }, () => manager.getToken()));
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(1);
    expect(simulator.journal.filter(({ kind }) => kind === "exchange")).toHaveLength(2);
    expect(simulator.counts.reuses).toBe(0);
  });
});
