import { generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import { vi } from "vitest";

export interface OidcServer extends AsyncDisposable {
  readonly issuer: string;
  /** `oauth:<host>` */
  readonly id: string;
  /** Consents to what the device asked for, as its pages would. */
  approve(userCode: string): Promise<void>;
}

export const CLIENT_SECRET = "s3cret:with spaces";

/** panva's `oidc-provider`, certified, on a loopback socket: what it decides is not ours. */
export async function startOidcServer(): Promise<OidcServer> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const client = {
    application_type: "native",
    grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
    response_types: [],
    redirect_uris: [],
  };
  const key = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });
  // It warns that memory and its own sign-in pages are not for production, and they are not.
  const quiet = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: "public", token_endpoint_auth_method: "none" },
      {
        ...client,
        client_id: "confidential",
        client_secret: CLIENT_SECRET,
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    jwks: { keys: [{ ...key, use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomUUID()] },
    features: { deviceFlow: { enabled: true }, revocation: { enabled: true, allowedPolicy: () => true } },
    findAccount: async (_: unknown, accountId: string) => ({
      accountId,
      claims: async () => ({ sub: accountId }),
    }),
    rotateRefreshToken: true,
    ttl: { AccessToken: 3600, DeviceCode: 60, Grant: 3600, IdToken: 60, RefreshToken: 3600 },
  });
  quiet.mockRestore();
  // It names no interval, and the default of RFC 8628 would take 5 s.
  provider.use(async (context, next) => {
    await next();
    if (context.path === "/device/auth") Object.assign(context.body, { interval: 0.05 });
  });
  server.on("request", provider.callback());

  return {
    issuer,
    id: `oauth:127.0.0.1:${port}`,
    async approve(userCode) {
      const code = await provider.DeviceCode.findByUserCode(userCode.replace(/\W/g, ""));
      if (!code) throw new Error(`There is no user code ${userCode}`);
      const accountId = "somebody";
      const grant = new provider.Grant({ accountId, clientId: code.clientId });
      grant.addOIDCScope(code.params.scope);
      const { scope } = code.params;
      Object.assign(code, { accountId, scope, grantId: await grant.save(), authTime: 0 });
      await code.save();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
