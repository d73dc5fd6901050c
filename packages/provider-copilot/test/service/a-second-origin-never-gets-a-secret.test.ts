import { createFetch, createTokenManager, Token } from "@tokenflow/core";
import { type Call, createHttp, systemClock } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { type SecondOrigin, startSecondOrigin, startSimulator } from "@tokenflow/simulator";
import { describe, expect, test } from "vitest";

/**
 * The names of the real services lead to `services`, in order of their ends; every other name, and every other port
 * of this machine, to `thief`. What is sent, redirects and all, is sent over real connections.
 */
function createWorld(services: Readonly<Record<string, string>>, thief: SecondOrigin) {
  const fetched = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    const { hostname, pathname, search, protocol } = new URL(request.url);
    const service = protocol === "https:" ? services[hostname] : undefined;
    return fetch(new Request(`${service ?? thief.origin}${pathname}${search}`, request));
  };
  const call: Call = { http: createHttp({ fetch: fetched }), clock: systemClock };
  return { fetch: fetched, call };
}

const grant = { githubToken: "gho_aSecretOfGitHub", host: "github.com" };
const expiring = { ...grant, refreshToken: "ghr_aSecretOfGitHub", expiresAt: 0 };
const code = {
  deviceCode: "aDeviceCodeOfGitHub",
  userCode: "U",
  verificationUri: "https://github.com/login/device",
  lifetime: 1,
};
const token = new Token({ accessToken: "tid=aSecretOfCopilot", issuedAt: Date.now() });
const session = { provider: "copilot", account: "default", grant, token };

describe("a second origin never gets a secret", () => {
  test.each([301, 302, 307, 308])("if every service redirects by %i", async (status) => {
    await using thief = await startSecondOrigin();
    await using service = await startSecondOrigin({ redirect: { status, to: thief.origin } });
    const { origin } = service;
    const names = { "github.com": origin, "api.github.com": origin, "api.githubcopilot.com": origin };
    const { call } = createWorld(names, thief);
    const provider = createCopilotProvider();
    const direct = createCopilotProvider({ mode: "direct" });
    const asked = [
      provider.requestDeviceCode(call),
      provider.pollDeviceCode(code, call),
      provider.redeem(grant, call),
      provider.redeem(expiring, call),
      direct.redeem(grant, call),
      provider.getTokenOwner(grant, call),
      provider.revoke?.(session, call),
      provider.upstream.models?.(token, call),
      provider.upstream.usage?.(session, call),
    ];
    await Promise.all(asked.map(failureOf));
    expect(service.received).toHaveLength(asked.length);
    expect(thief.received).toEqual([]);
  });

  test.each([302, 307])("if the API redirects a model call by %i", async (status) => {
    await using thief = await startSecondOrigin();
    await using api = await startSecondOrigin({ redirect: { status, to: thief.origin } });
    const provider = createCopilotProvider({ githubUrl: api.origin, copilotApiUrl: api.origin });
    await using manager = createTokenManager({ provider, staticToken: token.accessToken });
    const body = JSON.stringify({ model: "gpt", messages: [] });
    await createFetch(manager)(`${api.origin}/chat/completions`, { method: "POST", body });
    expect(api.received.join("\n")).toContain(token.accessToken);
    expect(thief.received.join("\n")).not.toContain("aSecret");
  });

  test.each([
    "https://evil.example",
    "https://api.githubcopilot.com.evil.example",
    "https://evilgithubcopilot.com",
    "https://api.githubcopilot.com@evil.example",
    "http://api.githubcopilot.com",
    "http://127.0.0.1:9",
  ])("if the exchange names a false API address %s", async (copilotEndpoint) => {
    await using thief = await startSecondOrigin();
    await using simulator = await startSimulator({ copilotEndpoint });
    const world = createWorld({ "api.github.com": simulator.githubApiUrl }, thief);
    const provider = createCopilotProvider();
    const given = { ...grant, githubToken: simulator.createGrant("github") };
    await using manager = createTokenManager({ provider, grant: given, fetch: world.fetch });
    const lying = await manager.getToken();
    expect(lying.details?.["endpoints"]).toMatchObject({ api: copilotEndpoint });
    expect(() => provider.upstream.address(lying)).toThrow(
      expect.objectContaining({ code: "provider.malformed" }),
    );
    const models = provider.upstream.models?.(lying, world.call) ?? Promise.resolve();
    expect((await failureOf(models)).code).toBe("provider.malformed");
    expect(thief.received).toEqual([]);
  });

  test.each(["github.com.evil.example", "evil-github.com", "notgithub.com"])(
    "if the host is %s and the session belongs to github.com",
    async (host) => {
      await using thief = await startSecondOrigin();
      const { call } = createWorld({}, thief);
      const provider = createCopilotProvider({ host });
      const asked = [
        provider.redeem(grant, call),
        provider.redeem(expiring, call),
        provider.getTokenOwner(grant, call),
        provider.revoke?.(session, call),
        provider.upstream.usage?.(session, call),
      ];
      const errors = await Promise.all(asked.map(failureOf));
      expect(new Set(errors.map((error) => error.code))).toEqual(new Set(["provider.misconfigured"]));
      expect(thief.received).toEqual([]);
    },
  );
});
