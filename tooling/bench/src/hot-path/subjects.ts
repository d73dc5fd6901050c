import { createTokenManager, type Provider, type TokenManager } from "@tokenflow/core";
import { importPeer } from "../measure/peers.ts";

/** Returns a cached token. */
export type Ask = () => unknown;

const HOUR = 3_600_000;
const SCOPE = "read";

/** Opens a session whose token was just redeemed and is good for an hour. */
export async function openManager(): Promise<TokenManager> {
  const provider: Provider = {
    id: "bench",
    name: "Bench",
    requestDeviceCode: () => Promise.reject(new Error("nobody signs in")),
    pollDeviceCode: () => Promise.reject(new Error("nobody signs in")),
    redeem: async () => ({ token: { accessToken: "secret", tokenType: "bearer", lifetime: HOUR } }),
    grantReplay: () => "always",
    upstream: {
      baseUrl: "https://api.example/v1",
      address: () => "https://api.example/v1",
      headers: () => ({ "x-client": "bench" }),
      isTokenRejected: ({ status }) => status === 401,
    },
  };
  const manager = createTokenManager({ provider, grant: { secret: "grant" } });
  await manager.getToken();
  return manager;
}

/** Returns the least work possible: one read of the clock. */
export function floor(): { readonly sync: Ask; readonly awaited: Ask } {
  const held = { token: { accessToken: "secret" }, end: Date.now() + HOUR };
  const read = (): unknown => (Date.now() < held.end ? held.token : undefined);
  return { sync: read, awaited: async () => read() };
}

/** `@smithy/property-provider`: what the AWS SDK keeps its credentials in. */
export async function smithy(): Promise<Ask> {
  const { memoize } = (await importPeer("@smithy/property-provider")) as {
    memoize: <T>(
      provider: () => Promise<T>,
      isExpired: (value: T) => boolean,
      due: (value: T) => boolean,
    ) => Ask;
  };
  const provide = memoize(
    async () => ({ token: "secret", end: Date.now() + HOUR }),
    ({ end }) => end - Date.now() < 300_000,
    ({ end }) => end !== undefined,
  );
  return () => provide();
}

export async function google(): Promise<Ask> {
  const { OAuth2Client } = (await importPeer("google-auth-library")) as {
    OAuth2Client: new () => { setCredentials(credentials: object): void; getAccessToken: Ask };
  };
  const client = new OAuth2Client();
  client.setCredentials({ access_token: "secret", refresh_token: "grant", expiry_date: Date.now() + HOUR });
  return () => client.getAccessToken();
}

export async function octokit(): Promise<Ask> {
  const { createOAuthDeviceAuth } = (await importPeer("@octokit/auth-oauth-device")) as {
    createOAuthDeviceAuth: (options: object) => (options: object) => unknown;
  };
  const answers: Readonly<Record<string, object>> = {
    "/login/device/code": {
      device_code: "d",
      user_code: "u",
      verification_uri: "https://example",
      interval: 0,
    },
    "/login/oauth/access_token": { access_token: "secret", scope: SCOPE, token_type: "bearer" },
  };
  const request = Object.assign(
    async (route: string) => {
      const url = route.replace(/^POST /, "").replace("{?client_id,scope}", "");
      const path = Object.keys(answers).find((end) => url.endsWith(end)) ?? "";
      return { data: answers[path], headers: {} };
    },
    { endpoint: { DEFAULTS: { baseUrl: "https://example" } }, defaults: () => request },
  ) as ((route: string) => Promise<object>) & { endpoint: object; defaults: () => unknown };
  const auth = createOAuthDeviceAuth({
    clientType: "oauth-app",
    clientId: "bench",
    scopes: [SCOPE],
    request,
    onVerification: () => undefined,
  });
  await auth({ type: "oauth" });
  return () => auth({ type: "oauth" });
}

/** The cycler that each Azure SDK client keeps its token in. It is not exported; this is its file. */
export async function azure(): Promise<Ask> {
  const file = "dist/esm/util/tokenCycler.js";
  const { createTokenCycler } = (await importPeer("@azure/core-rest-pipeline", file)) as {
    createTokenCycler: (credential: object) => (scopes: string[], options: object) => unknown;
  };
  const cycle = createTokenCycler({
    getToken: async () => ({ token: "secret", expiresOnTimestamp: Date.now() + HOUR }),
  });
  const scopes = [SCOPE];
  const options = {};
  return () => cycle(scopes, options);
}

export async function keyv(): Promise<Ask> {
  const { Keyv } = (await importPeer("keyv")) as {
    Keyv: new () => {
      set(key: string, value: unknown, ttl: number): Promise<unknown>;
      get: (key: string) => unknown;
    };
  };
  const store = new Keyv();
  await store.set("session", { token: "secret" }, HOUR);
  return () => store.get("session");
}
