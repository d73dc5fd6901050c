import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type AuthorizationServer, cookiesOf, sendJson } from "./authorization-server.ts";

export interface BetterAuthServer extends AuthorizationServer {
  /** The address of the application that the server is a part of. */
  readonly url: string;
  /** Registers a client as the person who is signed in. */
  register(authentication: "none" | "client_secret_basic" | "client_secret_post"): Promise<{
    readonly client_id: string;
    readonly client_secret?: string;
  }>;
}

/**
 * Starts Better Auth on a loopback socket, with one account and everything in memory.
 * @param isOAuthProvider `false`: the device plugin alone, whose tokens are those of its sessions
 */
export async function startBetterAuth(isOAuthProvider: boolean): Promise<BetterAuthServer> {
  // Loaded only when a server is started, since it takes longest.
  const [{ betterAuth }, { memoryAdapter }, { toNodeHandler }, plugins, provider] = await Promise.all([
    import("better-auth"),
    import("better-auth/adapters/memory"),
    import("better-auth/node"),
    import("better-auth/plugins"),
    import("@better-auth/oauth-provider"),
  ]);
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const base = `${url}/api/auth`;
  const device = { verificationUri: "/device", interval: "1s" } as const;
  const tables = ["user", "session", "account", "verification", "deviceCode", "jwks"];
  const oauthTables = ["oauthClient", "oauthAccessToken", "oauthRefreshToken", "oauthConsent"];
  // Its own types do not fit each other under the strictest settings.
  const oauthPlugins = [
    plugins.jwt(),
    provider.oauthProvider({
      loginPage: "/login",
      consentPage: "/consent",
      allowDynamicClientRegistration: true,
      allowUnauthenticatedClientRegistration: true,
      scopes: ["openid", "offline_access"],
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
    provider.oauthDeviceAuthorization(device),
  ] as unknown as ReturnType<typeof plugins.deviceAuthorization>[];
  const auth = betterAuth({
    baseURL: url,
    secret: randomUUID() + randomUUID(),
    database: memoryAdapter(Object.fromEntries([...tables, ...oauthTables].map((table) => [table, []]))),
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { disabled: true },
    plugins: isOAuthProvider ? oauthPlugins : [plugins.deviceAuthorization(device)],
  });
  const handle = toNodeHandler(auth);
  server.on("request", (request, response) => void handle(request, response));
  const account = { name: "somebody", email: "somebody@example.org", password: randomUUID() };
  const cookie = cookiesOf(await sendJson(`${base}/sign-up/email`, account));

  const decide = async (decision: string, userCode: string): Promise<void> => {
    // The first request claims the code for the person.
    await fetch(`${base}/device?user_code=${encodeURIComponent(userCode)}`, { headers: { cookie } });
    await sendJson(`${base}/device/${decision}`, { userCode }, { cookie });
  };

  return {
    url,
    issuer: base,
    async register(authentication) {
      const client = {
        client_name: "TokenFlow",
        application_type: "native",
        token_endpoint_auth_method: authentication,
        grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        response_types: [],
        redirect_uris: ["http://127.0.0.1/"],
        scope: "openid offline_access",
      };
      const response = await sendJson(`${base}/oauth2/register`, client, { cookie });
      return (await response.json()) as Awaited<ReturnType<BetterAuthServer["register"]>>;
    },
    approve: (userCode) => decide("approve", userCode),
    deny: (userCode) => decide("deny", userCode),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
