import { Token } from "@tokenflow/core";
import { version } from "@tokenflow/core/provider";
import { createFakeCall } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";
import { envelope, start } from "../envelope.ts";

const ours = `TokenFlow/${version}`;
const deviceCode = {
  json: {
    device_code: "d",
    user_code: "U",
    verification_uri: "https://github.com/login/device",
    expires_in: 899,
  },
};
const session = { provider: "copilot", account: "default", grant: { githubToken: "gho_1" } };

describe("every request names TokenFlow", () => {
  test("on authentication calls, with the initiator vscode", async () => {
    const { call, requests } = createFakeCall(
      deviceCode,
      { json: { error: "authorization_pending" } },
      envelope(),
      { json: { login: "octocat" } },
      { json: { copilot_plan: "individual" } },
    );
    const provider = createCopilotProvider();
    const code = await provider.requestDeviceCode(call);
    await provider.pollDeviceCode(code, call);
    await provider.redeem(session.grant, call);
    await provider.identify?.(session, call);
    await provider.upstream.usage?.(session, call);
    expect(requests).toHaveLength(5);
    for (const { headers } of requests) {
      expect(headers.get("user-agent")).toBe(ours);
      expect(headers.get("editor-version")).toBe(ours);
      expect(headers.get("editor-plugin-version")).toBe(ours);
      expect(headers.has("copilot-integration-id")).toBe(false);
      expect(headers.get("x-initiator")).toBe("vscode");
      expect(headers.get("accept")).toBe("application/json");
    }
    expect(requests[2]?.headers.get("authorization")).toBe("Bearer gho_1");
  });

  test("on model calls, where X-Initiator says who began the turn", () => {
    const request = { path: "/chat/completions", headers: {}, json: () => ({ messages: [] }) };
    expect(createCopilotProvider().upstream.headers(request)).toEqual({
      "user-agent": ours,
      "editor-version": ours,
      "editor-plugin-version": ours,
      "x-initiator": "user",
      "x-interaction-id": expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
  });

  test("with the GitHub token itself by its user agent alone, unless another name was chosen", () => {
    const request = { path: "/chat/completions", headers: {} };
    const token = new Token({ accessToken: "gho_1", issuedAt: start });
    const plain = createCopilotProvider().upstream.headers(request, token);
    expect(plain).toEqual({
      "user-agent": ours,
      "x-initiator": "user",
      "x-interaction-id": expect.any(String),
    });
    const named = createCopilotProvider({ editorVersion: "mine/2", integrationId: "mine" });
    expect(named.upstream.headers(request, token)).toMatchObject({
      "editor-version": "mine/2",
      "copilot-integration-id": "mine",
    });
  });

  test("and each name is an option", async () => {
    const { call, requests } = createFakeCall(deviceCode);
    const provider = createCopilotProvider({
      userAgent: "mine/1",
      editorVersion: "mine/2",
      editorPluginVersion: "mine/3",
      integrationId: "mine",
      initiator: "me",
      clientId: "Iv1.mine",
      scope: "read:user gist",
    });
    await provider.requestDeviceCode(call);
    const [request] = requests;
    const names = [
      "user-agent",
      "editor-version",
      "editor-plugin-version",
      "copilot-integration-id",
      "x-initiator",
    ];
    expect(names.map((name) => request?.headers.get(name))).toEqual([
      "mine/1",
      "mine/2",
      "mine/3",
      "mine",
      "me",
    ]);
    expect(Object.fromEntries(new URLSearchParams(request?.body))).toEqual({
      client_id: "Iv1.mine",
      scope: "read:user gist",
    });
  });

  test("the data for a notice before a sign-in is known beforehand", () => {
    expect(createCopilotProvider()).toMatchObject({
      host: "github.com",
      clientId: "Iv1.b507a08c87ecfe98",
      scope: "read:user",
      appName: "GitHub Copilot Plugin",
    });
    expect(createCopilotProvider({ host: "octo.ghe.com", clientId: "other" })).toMatchObject({
      host: "octo.ghe.com",
      appName: undefined,
    });
  });

  test("the consent is stored with its app and its host", async () => {
    const { call } = createFakeCall({
      json: { access_token: "gho_1", token_type: "bearer", scope: "repo,gist" },
    });
    const code = { deviceCode: "d", userCode: "U", verificationUri: "https://github.com", lifetime: 1 };
    expect(await createCopilotProvider().pollDeviceCode(code, call)).toEqual({
      status: "granted",
      grant: {
        githubToken: "gho_1",
        clientId: "Iv1.b507a08c87ecfe98",
        host: "github.com",
        scope: "repo gist",
      },
    });
    expect(start).toBe(call.clock.now());
  });
});
