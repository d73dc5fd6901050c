import { generateKeyPairSync, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { walkPages } from "./walk-pages.ts";
import { createTokenWatch, type TokenRequest } from "./watch-tokens.ts";

export interface OidcClient {
  readonly id: string;
  /** The secret of a confidential client. @default a public client */
  readonly secret?: string | undefined;
  readonly authentication?: "client_secret_basic" | "client_secret_post" | undefined;
  /** Where the browser may return to; on loopback with any port. @default none: a client of the device flow only */
  readonly redirectUris?: readonly string[] | undefined;
  /** The keys with which it signs assertions in place of a secret (RFC 7523). @default none */
  readonly publicKeys?: readonly object[] | undefined;
  /** Gets tokens for itself alone (RFC 6749 §4.4). @default false */
  readonly isMachine?: true | undefined;
  /** Binds its tokens to a key of the client (RFC 9449). @default false */
  readonly isKeyBound?: true | undefined;
}

export interface OidcServerOptions {
  readonly clients: readonly OidcClient[];
  /** Of access tokens, in whole seconds, as that server counts. @default 3600 */
  readonly tokenLifetime?: number | undefined;
  /** Of device codes, in whole seconds. @default 60 */
  readonly deviceCodeLifetime?: number | undefined;
  /** Every refresh token is good once, and a second use revokes the whole grant. @default true */
  readonly rotates?: boolean | undefined;
  /**
   * The APIs that tokens may be for (RFC 8707): their tokens are JWTs. `"any"` allows every one, with tokens that only
   * this server can read.
   * @default none
   */
  readonly resources?: readonly string[] | "any" | undefined;
  /** The ways in which clients may authenticate. @default all that it has */
  readonly authenticationMethods?: readonly string[] | undefined;
  /** Hears of every request of the token endpoint. @default nobody */
  readonly onToken?: ((request: TokenRequest) => void) | undefined;
}

export interface OidcServer extends AsyncDisposable {
  readonly issuer: string;
  /** Signs somebody in as a browser would, and approves the request of the device. */
  approve(userCode: string): Promise<void>;
  /** Signs somebody in, and refuses the request of the device. */
  deny(userCode: string): Promise<void>;
  /** Opens a page as a browser would, signs somebody in, approves, and follows the way back. */
  visit(url: string): Promise<void>;
}

/** For ID tokens; one is enough. */
const SIGNING_KEY = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ format: "jwk" });

/** Starts panva's certified `oidc-provider` on a loopback socket. */
export async function startOidcServer({
  clients,
  tokenLifetime = 3600,
  deviceCodeLifetime = 60,
  rotates = true,
  resources = [],
  authenticationMethods,
  onToken = () => undefined,
}: OidcServerOptions): Promise<OidcServer> {
  // Loaded only when a server is started, since it takes longest.
  const { Provider } = await import("oidc-provider");
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const tokens = createTokenWatch(rotates, onToken);
  const configuration = {
    clients: clients.map(registrationOf),
    jwks: { keys: [{ ...SIGNING_KEY, use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomUUID()] },
    features: {
      deviceFlow: { enabled: true, successSource: showDone, userCodeInputSource: showInput },
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: allow },
      revocation: { enabled: true, allowedPolicy: allow },
      dPoP: { enabled: true },
      registration: { enabled: true, initialAccessToken: false },
      registrationManagement: { enabled: true },
      ...(resources.length === 0 ? {} : { resourceIndicators: resourceIndicators(resources) }),
    },
    ...(authenticationMethods ? { clientAuthMethods: authenticationMethods } : {}),
    findAccount,
    rotateRefreshToken: tokens.rotates,
    ttl: {
      AccessToken: tokenLifetime,
      ClientCredentials: tokenLifetime,
      DeviceCode: deviceCodeLifetime,
      Grant: 3600,
      IdToken: 60,
      Interaction: 60,
      RefreshToken: 3600,
      Session: 3600,
    },
  };
  const provider = quietly(() => new Provider(issuer, configuration));
  tokens.attach(provider);
  // It sends no interval, and RFC 8628's default would take 5 s.
  provider.use(async (context, next) => {
    await next();
    if (context.path === "/device/auth") Object.assign(context.body, { interval: 0.05 });
  });
  server.on("request", provider.callback());

  return {
    issuer,
    approve: (userCode) => walkPages(`${issuer}/device?user_code=${encodeURIComponent(userCode)}`, "approve"),
    deny: (userCode) => walkPages(`${issuer}/device?user_code=${encodeURIComponent(userCode)}`, "deny"),
    visit: (url) => walkPages(url, "approve"),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function registrationOf({
  id,
  secret,
  authentication = "client_secret_basic",
  redirectUris = [],
  publicKeys,
  isMachine,
  isKeyBound,
}: OidcClient): object {
  const isForBrowsers = redirectUris.length > 0;
  return {
    client_id: id,
    ...(secret === undefined ? {} : { client_secret: secret }),
    token_endpoint_auth_method: publicKeys
      ? "private_key_jwt"
      : secret === undefined
        ? "none"
        : authentication,
    ...(publicKeys ? { jwks: { keys: publicKeys } } : {}),
    ...(isKeyBound ? { dpop_bound_access_tokens: true } : {}),
    application_type: "native",
    grant_types: isMachine
      ? ["client_credentials"]
      : [
          "urn:ietf:params:oauth:grant-type:device_code",
          "refresh_token",
          ...(isForBrowsers ? ["authorization_code"] : []),
        ],
    response_types: isForBrowsers ? ["code"] : [],
    redirect_uris: redirectUris,
  };
}

/** Allows some resources. Their tokens name them as the audience. */
function resourceIndicators(resources: readonly string[] | "any"): object {
  return {
    enabled: true,
    getResourceServerInfo: async (_: unknown, resource: string) => {
      if (resources === "any") return { scope: "openid offline_access admin", audience: resource };
      if (!resources.includes(resource)) throw new Error(`The resource ${resource} is not known`);
      return { scope: "openid offline_access", audience: resource, accessTokenFormat: "jwt" };
    },
    useGrantedResource: async () => true,
  };
}

/** Everybody has an account. */
async function findAccount(_: unknown, accountId: string): Promise<object> {
  return { accountId, claims: async () => ({ sub: accountId }) };
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

/** Hides its warning that memory and its own sign-in pages are not for production. */
function quietly<T>(make: () => T): T {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return make();
  } finally {
    console.warn = warn;
  }
}
