import { generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import type { Answer, Authority } from "./authority.ts";
import { walkPages } from "./walk-pages.ts";

export interface OidcAuthorityOptions {
  /** Of access tokens, in whole seconds, as that server counts. */
  readonly lifetime: number;
  /** Every refresh token is good once, and a second use revokes the whole grant; else all are good for ever. */
  readonly rotates: boolean;
}

/** For ID tokens, which nobody here reads; one is enough. */
const SIGNING_KEY = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

/** panva's `oidc-provider`, certified, on a loopback socket: what it decides is not ours. */
export async function startOidcAuthority({ lifetime, rotates }: OidcAuthorityOptions): Promise<Authority> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const provider = quietly(
    () =>
      new Provider(url, {
        clients: [
          {
            client_id: "chaos",
            token_endpoint_auth_method: "none",
            application_type: "native",
            grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
            response_types: [],
            redirect_uris: [],
          },
        ],
        jwks: { keys: [{ ...SIGNING_KEY, use: "sig", alg: "RS256" }] },
        cookies: { keys: [randomUUID()] },
        features: {
          deviceFlow: { enabled: true, successSource },
          devInteractions: { enabled: true },
        },
        findAccount,
        rotateRefreshToken: rotates,
        ttl: {
          AccessToken: lifetime,
          DeviceCode: 60,
          Grant: 3600,
          IdToken: 60,
          Interaction: 60,
          RefreshToken: 3600,
          Session: 3600,
        },
      }),
  );
  server.on("request", provider.callback());

  const post = async (path: string, form: URLSearchParams): Promise<Answer> => {
    const response = await fetch(url + path, { method: "POST", body: form });
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  };

  return {
    async requestDeviceCode() {
      const scope = "openid offline_access";
      const { status, body } = await post("/device/auth", new URLSearchParams({ client_id: "chaos", scope }));
      // It names no interval, and the default of RFC 8628 would take 5 s.
      return { status, body: { ...body, interval: 0.05 } };
    },
    approve: (userCode) => walkPages(`${url}/device?user_code=${encodeURIComponent(userCode)}`),
    token: (form) => post("/token", form),
    async accepts(accessToken) {
      const response = await fetch(`${url}/me`, { headers: { authorization: `Bearer ${accessToken}` } });
      await response.arrayBuffer();
      return response.ok;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Everybody has an account. */
async function findAccount(_: unknown, accountId: string): Promise<object> {
  return { accountId, claims: async () => ({ sub: accountId }) };
}

async function successSource(context: { body: string }): Promise<void> {
  context.body = "Signed in";
}

/** It warns that memory and its own sign-in pages are not for production, and they are not. */
function quietly<T>(make: () => T): T {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return make();
  } finally {
    console.warn = warn;
  }
}
