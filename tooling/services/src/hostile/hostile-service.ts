import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface HostileService extends AsyncDisposable {
  readonly url: string;
  /** The addresses of GitHub, Copilot and Hyper as TokenFlow's environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** True while every request but those of a sign-in is refused, with the text as the reason. */
  refuses: boolean;
  /** True while nobody approves. */
  waits: boolean;
}

const SECRET = "hostile-token";

/** Starts an OAuth server, a GitHub, a Copilot and a Hyper in one that put `text` wherever a person could see it. */
export async function startHostileService(text: string): Promise<HostileService> {
  const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const idToken = `${base64({})}.${base64({ preferred_username: text })}.x`;
  const refusal = { error: text, error_description: text, message: text };
  const model = {
    id: text,
    name: text,
    vendor: text,
    supported_endpoints: [text],
    capabilities: { type: text },
  };
  const deviceCode = (): object => ({
    device_code: "code",
    user_code: text,
    verification_uri: `${service.url}/enter`,
    verification_uri_complete: `${service.url}/enter?code=${text}`,
    verification_url: `${service.url}/enter`,
    expires_in: 60,
    interval: 0.05,
  });
  const poll = (): [number, object] => {
    if (service.waits) return [400, { error: "authorization_pending" }];
    return [200, { access_token: SECRET, refresh_token: "grant", id_token: idToken, expires_in: 3600 }];
  };
  const answers: Readonly<Record<string, () => [status: number, body: object]>> = {
    "/device": () => [200, deviceCode()],
    "/login/device/code": () => [200, deviceCode()],
    "/device/auth": () => [200, deviceCode()],
    "/device/auth/code": () =>
      service.waits ? [202, {}] : [200, { refresh_token: "grant", team_name: text }],
    "/token": poll,
    "/login/oauth/access_token": () =>
      service.waits
        ? [200, { error: "authorization_pending" }]
        : [200, { access_token: `ghu_${"a".repeat(36)}` }],
    "/user": () => [200, { login: text }],
    "/copilot_internal/v2/token": () => [
      200,
      {
        token: `tid=${SECRET}`,
        expires_at: Date.now() / 1000 + 1800,
        sku: text,
        endpoints: { api: service.url },
        organization_list: [text],
        user_notification: { notification_id: text, title: text, message: text },
      },
    ],
    "/copilot_internal/user": () => [
      200,
      {
        copilot_plan: text,
        quota_snapshots: { [text]: { entitlement: 9, remaining: 5 }, chat: { entitlement: 9, remaining: 5 } },
      },
    ],
    "/models": () => [200, { data: [model, { id: "plain-model", name: text }] }],
    "/token/exchange": () => [200, { access_token: SECRET, refresh_token: "grant", expires_in: 3600 }],
    "/token/introspect": () => [200, { active: true, sub: text }],
    "/v1/provider": () => [200, { models: [model] }],
    "/v1/credits": () => [200, { balance: 5 }],
  };
  const SIGN_IN = /well-known|^\/device|^\/login\/device/;
  const server = createServer((request, response) => {
    const [path = ""] = (request.url ?? "").split("?");
    const [status, body] = path.includes("well-known")
      ? [
          200,
          {
            issuer: service.url,
            token_endpoint: `${service.url}/token`,
            device_authorization_endpoint: `${service.url}/device`,
          },
        ]
      : service.refuses && !SIGN_IN.test(path)
        ? [403, refusal]
        : (answers[path]?.() ?? [404, refusal]);
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const service: HostileService = {
    url,
    env: {
      TOKENFLOW_GITHUB_URL: url,
      TOKENFLOW_GITHUB_API_URL: url,
      TOKENFLOW_COPILOT_API_URL: url,
      HYPER_URL: url,
    },
    refuses: false,
    waits: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return service;
}
