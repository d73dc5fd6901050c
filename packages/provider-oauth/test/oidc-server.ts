import { generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";
import { vi } from "vitest";

export const SCOPE = "openid offline_access";
/** With everything that breaks where an id and a secret are joined as they are (RFC 6749 §2.3.1). */
export const AWKWARD = { id: "basic client:1", secret: "s3cret:with spaces+and/100%&more" };

const SIGNING_KEY = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

export interface OidcServer extends AsyncDisposable {
  readonly issuer: string;
  /** The platform's, but that the server's device codes may be polled at once; the RFC's default would take 5 s. */
  readonly fetch: typeof fetch;
  /** How many refreshes it was asked for. */
  readonly refreshes: number;
  /** The next answer to a refresh arrives at the server's end only. */
  loseNextRefresh(): void;
}

/** panva's `oidc-provider`, certified, on a loopback socket: what it decides is not ours. */
export async function startOidcServer(deviceCodeLifetime = 60): Promise<OidcServer> {
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
  const clients = [
    { ...client, client_id: "public", token_endpoint_auth_method: "none" },
    {
      ...client,
      client_id: AWKWARD.id,
      client_secret: AWKWARD.secret,
      token_endpoint_auth_method: "client_secret_basic",
    },
    {
      ...client,
      client_id: "post",
      client_secret: AWKWARD.secret,
      token_endpoint_auth_method: "client_secret_post",
    },
  ];
  const configuration = {
    clients,
    jwks: { keys: [{ ...SIGNING_KEY, use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomUUID()] },
    features: {
      deviceFlow: { enabled: true, successSource: showDone, userCodeInputSource: showInput },
      devInteractions: { enabled: true },
      introspection: { enabled: true, allowedPolicy: allow },
      revocation: { enabled: true, allowedPolicy: allow },
    },
    findAccount: async (_: unknown, accountId: string) => ({
      accountId,
      claims: async () => ({ sub: accountId }),
    }),
    rotateRefreshToken: true,
    ttl: {
      AccessToken: 3600,
      DeviceCode: deviceCodeLifetime,
      Grant: 3600,
      IdToken: 60,
      Interaction: 60,
      RefreshToken: 3600,
      Session: 3600,
    },
  };
  server.on("request", quietly(() => new Provider(issuer, configuration)).callback());

  let refreshes = 0;
  let losing = false;
  const watched: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const form = await request.clone().text();
    const response = await fetch(request);
    if (form.includes("grant_type=refresh_token")) {
      refreshes += 1;
      if (losing) {
        losing = false;
        await response.arrayBuffer();
        throw new TypeError("fetch failed", {
          cause: Object.assign(new Error("reset"), { code: "ECONNRESET" }),
        });
      }
    }
    if (!request.url.endsWith("/device/auth")) return response;
    const body: object = JSON.parse(await response.text());
    return Response.json({ ...body, interval: 0.05, expires_in: 60 }, { status: response.status });
  };

  return {
    issuer,
    fetch: watched,
    get refreshes() {
      return refreshes;
    },
    loseNextRefresh: () => {
      losing = true;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function allow(): Promise<boolean> {
  return true;
}

async function showDone(context: { body: string }): Promise<void> {
  context.body = "Signed in";
}

async function showInput(context: { body: string }, form: string): Promise<void> {
  context.body = form;
}

/** It warns that memory and its own sign-in pages are not for production, and they are not. */
function quietly<T>(make: () => T): T {
  const quiet = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  try {
    return make();
  } finally {
    quiet.mockRestore();
  }
}
