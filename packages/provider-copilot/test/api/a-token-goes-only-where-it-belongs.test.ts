import { Token } from "@tokenflow/core";
import { createFakeCall, failureOf } from "@tokenflow/core/testing";
import { type CopilotProviderOptions, createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";
import { envelope, start } from "../envelope.ts";

const githubToken = "gho_0123456789";

function address(options: CopilotProviderOptions, details?: Token["details"]): string {
  const token = new Token({ accessToken: "x", issuedAt: start, details });
  return createCopilotProvider(options).upstream.address(token);
}

function code(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "another error";
  }
}

async function asked(
  options: CopilotProviderOptions,
  grant: Record<string, string> = { githubToken },
): Promise<string> {
  const { call, requests } = createFakeCall(envelope());
  await createCopilotProvider(options).redeem(grant, call);
  return requests[0]?.url ?? "";
}

describe("a token goes only where it belongs", () => {
  test.each([
    [{}, "https://api.github.com/copilot_internal/v2/token"],
    [{ host: "GitHub.com" }, "https://api.github.com/copilot_internal/v2/token"],
    [{ host: "octo.ghe.com" }, "https://api.octo.ghe.com/copilot_internal/v2/token"],
    [{ host: "https://octo.ghe.com/" }, "https://api.octo.ghe.com/copilot_internal/v2/token"],
    [{ host: "github.example.org:8443" }, "https://github.example.org:8443/api/v3/copilot_internal/v2/token"],
    [{ githubApiUrl: "http://127.0.0.1:9/api/" }, "http://127.0.0.1:9/api/copilot_internal/v2/token"],
  ])("the exchange of %j is at %s", async (options, url) => {
    expect(await asked(options)).toBe(url);
  });

  test.each([
    ["github.com", "https://github.com"],
    ["octo.ghe.com", "https://octo.ghe.com"],
    ["github.example.org", "https://github.example.org"],
  ])(
    "the sign-in of %s is at %s, in forms, and knows its scopes by commas or spaces",
    async (host, origin) => {
      const { call, requests } = createFakeCall(
        { json: { device_code: "d", user_code: "U", verification_uri: `${origin}/login/device` } },
        { json: { access_token: "gho_1", token_type: "bearer", scope: "repo,read:user user:email" } },
      );
      const provider = createCopilotProvider({ host, clientId: "Iv1.own", scope: "repo read:user" });
      const code = await provider.requestDeviceCode(call);
      expect(await provider.pollDeviceCode(code, call)).toEqual({
        status: "granted",
        grant: { githubToken: "gho_1", clientId: "Iv1.own", host, scope: "repo read:user user:email" },
      });
      expect(requests.map(({ url, body }) => [url, Object.fromEntries(new URLSearchParams(body))])).toEqual([
        [`${origin}/login/device/code`, { client_id: "Iv1.own", scope: "repo read:user" }],
        [
          `${origin}/login/oauth/access_token`,
          {
            client_id: "Iv1.own",
            device_code: "d",
            grant_type: "urn:ietf:params:oauth:grant-type:device_code",
          },
        ],
      ]);
      for (const { headers } of requests) {
        expect(headers.get("accept")).toBe("application/json");
        expect(headers.get("content-type")).toMatch(/^application\/x-www-form-urlencoded/);
      }
    },
  );

  test.each([
    "https://user:password@github.com",
    "github.com/login",
    "github.com?x=1",
    "github.com#x",
    "http://github.com",
    "api.github.com",
    "a.b.ghe.com",
    "ghe.com",
    "",
    "not a host",
    "ftp://github.com",
  ])("%j is not a host", (host) => {
    expect(code(() => createCopilotProvider({ host }))).toBe("provider.misconfigured");
  });

  test.each([
    [{}, undefined, "https://api.githubcopilot.com"],
    [{}, "https://api.business.githubcopilot.com", "https://api.business.githubcopilot.com"],
    [{}, "https://api.business.githubcopilot.com/", "https://api.business.githubcopilot.com"],
    [{ host: "octo.ghe.com" }, undefined, "https://copilot-api.octo.ghe.com"],
    [{ host: "octo.ghe.com" }, "https://copilot-api.octo.ghe.com", "https://copilot-api.octo.ghe.com"],
    [{ host: "github.example.org" }, undefined, "https://api.githubcopilot.com"],
    [{ githubUrl: "http://127.0.0.1:1" }, "http://127.0.0.1:2", "http://127.0.0.1:2"],
    [{ copilotApiUrl: "http://127.0.0.1:3" }, "https://evil.example", "http://127.0.0.1:3"],
  ])("%j and a token of %s lead to %s", (options, api, expected) => {
    expect(address(options, api === undefined ? undefined : { endpoints: { api } })).toBe(expected);
  });

  test.each([
    [{}, "https://githubcopilot.com.evil.example"],
    [{}, "https://evilgithubcopilot.com"],
    [{}, "https://x@api.githubcopilot.com"],
    [{}, "https://api.githubcopilot.com:444"],
    [{}, "https://api.githubcopilot.com/v2"],
    [{}, "http://api.githubcopilot.com"],
    [{}, "http://127.0.0.1:2"],
    [{}, "https://localhost"],
    [{}, "https://copilot-api.octo.ghe.com"],
    [{ host: "octo.ghe.com" }, "https://copilot-api.other.ghe.com"],
    [{ host: "octo.ghe.com" }, "https://evil-octo.ghe.com"],
    [{ githubUrl: "http://127.0.0.1:1" }, "https://api.githubcopilot.com"],
  ])("%j refuses a token of %s", (options, api) => {
    expect(code(() => address(options, { endpoints: { api } }))).toBe("provider.malformed");
  });

  const directly = (options: CopilotProviderOptions, details: Token["details"], host?: string): string => {
    const told = { ...details, mode: "direct", ...(host === undefined ? {} : { host }) };
    return createCopilotProvider(options).upstream.address(
      new Token({ accessToken: githubToken, issuedAt: start, details: told }),
    );
  };

  test.each([
    [{}, undefined, "https://api.githubcopilot.com"],
    [{}, "https://api.business.githubcopilot.com", "https://api.business.githubcopilot.com"],
    [{ host: "octo.ghe.com" }, undefined, "https://copilot-api.octo.ghe.com"],
    [{ host: "octo.ghe.com" }, "https://copilot-api.octo.ghe.com", "https://copilot-api.octo.ghe.com"],
    [{ githubUrl: "http://127.0.0.1:1" }, "http://127.0.0.1:2", "http://127.0.0.1:2"],
    [
      { githubUrl: "http://127.0.0.1:1", copilotApiUrl: "http://127.0.0.1:3" },
      undefined,
      "http://127.0.0.1:3",
    ],
    [{ mode: "direct", copilotApiUrl: "https://gate.example" } as const, undefined, "https://gate.example"],
  ])("in direct mode, %j and an answer that names %s lead to %s", (options, api, expected) => {
    expect(directly(options, api === undefined ? undefined : { endpoints: { api } })).toBe(expected);
  });

  test.each([
    [{}, "https://api.githubcopilot.com.evil.example"],
    [{}, "https://copilot-api.octo.ghe.com"],
    [{ host: "octo.ghe.com" }, "https://api.githubcopilot.com"],
    [{ host: "octo.ghe.com" }, "https://copilot-api.other.ghe.com"],
    [{ host: "github.example.org" }, "https://api.githubcopilot.com"],
    [{ host: "github.example.org" }, undefined],
    [{ githubUrl: "http://127.0.0.1:1" }, undefined],
    [{ copilotApiUrl: "https://gate.example" }, undefined],
  ])("in direct mode, %j never sends the GitHub token to %s", (options, api) => {
    const details = api === undefined ? undefined : { endpoints: { api } };
    expect(code(() => directly(options, details))).toMatch(/^provider\.(malformed|misconfigured)$/);
  });

  test("auto does not go direct if the GitHub token belongs to no Copilot of its own", async () => {
    const refused = { status: 404, json: { message: "Not Found" } };
    for (const options of [{ host: "github.example.org" }, { copilotApiUrl: "https://gate.example" }]) {
      const { call } = createFakeCall(refused);
      const provider = createCopilotProvider(options);
      const error = await failureOf(provider.redeem({ githubToken }, call));
      expect(error.code).toBe("provider.client_not_allowed");
    }
  });

  test("a session of a tenant stays with its tenant, also in a process that adopted it", async () => {
    const grant = { githubToken, host: "octo.ghe.com" };
    expect(await asked({}, grant)).toBe("https://api.octo.ghe.com/copilot_internal/v2/token");
    const details = { host: "octo.ghe.com", endpoints: { api: "https://copilot-api.octo.ghe.com" } };
    expect(address({}, details)).toBe("https://copilot-api.octo.ghe.com");
  });

  test("a provider with a fixed host never sends another host's token", async () => {
    const { call, requests } = createFakeCall(envelope());
    const provider = createCopilotProvider({ host: "github.com" });
    const error = await failureOf(provider.redeem({ githubToken, host: "octo.ghe.com" }, call));
    expect(error).toMatchObject({ code: "provider.misconfigured", grantUnused: true });
    expect(requests).toHaveLength(0);
  });
});
