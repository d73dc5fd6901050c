import { createFetch, createTokenManager, redact, Token } from "@tokenflow/core";
import { createHttp, systemClock } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import { createHyperProvider, hyperSecretPatterns } from "@tokenflow/provider-hyper";
import { startSecondOrigin, startSimulator } from "@tokenflow/simulator";
import { describe, expect, test } from "vitest";

const call = { http: createHttp(), clock: systemClock };
const grant = { refreshToken: "a-refresh-token-of-hyper" };
const code = {
  deviceCode: "a-device-code-of-hyper",
  userCode: "U",
  verificationUri: "https://hyper.charm.land/device",
  lifetime: 1,
};

describe("a second origin never gets a secret", () => {
  test.each([301, 302, 307, 308])("if Hyper redirects by %i", async (status) => {
    await using thief = await startSecondOrigin();
    await using hyper = await startSecondOrigin({ redirect: { status, to: thief.origin } });
    const { upstream, ...provider } = createHyperProvider({ url: hyper.origin });
    const token = new Token({ accessToken: "an-access-token-of-hyper", issuedAt: Date.now() });
    const session = { provider: "hyper", account: "default", grant, token };
    const asked = [
      provider.requestDeviceCode(call),
      provider.pollDeviceCode(code, call),
      provider.redeem(grant, call),
      provider.identify?.(session, call),
      upstream.models?.(token, call),
      upstream.usage?.(session, call),
    ];
    await Promise.all(asked.map(failureOf));
    expect(hyper.received).toHaveLength(asked.length);
    expect(thief.received).toEqual([]);
  });

  test("if a token's details and a request name it", async () => {
    await using thief = await startSecondOrigin();
    await using simulator = await startSimulator();
    const provider = createHyperProvider({ url: simulator.hyperUrl });
    const details = { endpoints: { api: thief.origin }, api_endpoint: thief.origin };
    const lying = new Token({ accessToken: "sk-hyper-simulated", issuedAt: Date.now(), details });
    expect((await provider.upstream.models?.(lying, call))?.length).toBeGreaterThan(0);

    await using manager = createTokenManager({ provider, staticToken: "sk-hyper-simulated" });
    const sent = createFetch(manager);
    await sent(`${thief.origin}/v1/models`).catch(() => undefined);
    expect(thief.received.filter((request) => request.includes("sk-hyper"))).toEqual([]);
    expect((await sent(`${provider.upstream.baseUrl}/credits`)).status).toBe(200);
  });
});

test("a device code in an address is hidden by the patterns that the provider declares", () => {
  const { secretPatterns } = createHyperProvider();
  expect(secretPatterns).toBe(hyperSecretPatterns);
  expect(redact(`GET /device/auth/${code.deviceCode}?x=1`, secretPatterns)).toBe(
    "GET /device/auth/[redacted]?x=1",
  );
});
