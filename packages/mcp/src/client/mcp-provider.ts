import {
  type DeviceCode,
  type Grant,
  isTokenFlowError,
  type Provider,
  TokenFlowError,
  type Upstream,
} from "@tokenflow/core";
import {
  type AuthorizationRequest,
  asObject,
  asString,
  type Call,
  type PollResult,
  type Redemption,
  type Redirect,
} from "@tokenflow/core/provider";
import { createOAuthProvider, type OAuthMetadata, type OAuthProvider } from "@tokenflow/provider-oauth";
import { type Challenge, joinScopes, readChallenge } from "./challenge.ts";
import { chooseClient, type McpClient, type McpClientOptions, requireMetadataUrl } from "./clients.ts";
import { findAuthorization, type McpAuthorization } from "./discovery.ts";
import { formatGrant, type McpGrant, readGrant } from "./grant.ts";
import { canonicalUrl, mcpProviderId } from "./resource.ts";

export interface McpProviderOptions extends McpClientOptions {
  /** Scopes that are asked for besides those that the server names. @default none @example "files:read" */
  readonly scope?: string | undefined;
  /** The name of the server for messages. @default its host @example "Acme" */
  readonly name?: string | undefined;
}

/** The sign-in to one MCP server. */
export interface McpProvider extends Provider {
  readonly upstream: Upstream;
  /** The address of the server. */
  readonly url: string;
  /**
   * Learns from an answer of the server where its metadata is, and which scopes it wants. The next sign-in asks for
   * those, too. `createFetch` and `authProvider` call it by themselves.
   */
  learn(answer: { readonly status: number; readonly headers: Headers }): void;
  /** Lets the next sign-in ask for more, besides all that was asked for before. */
  requireScope(scope: string | undefined): void;
}

interface Prepared {
  readonly inner: OAuthProvider;
  readonly grant: McpGrant;
}

/**
 * Creates the provider of an MCP server. Its authorization server is found when somebody signs in (RFC 9728, RFC 8414),
 * and then belongs to the session: its grant goes to no other. The provider's id is `mcp:` and the address.
 * @throws `provider.misconfigured` if a token must not be sent to the address
 * @example
 * const provider = createMcpProvider("https://mcp.example.org/mcp");
 */
export function createMcpProvider(address: string, options: McpProviderOptions = {}): McpProvider {
  const url = canonicalUrl(address);
  const { name = new URL(url).host, clientSecret } = options;
  requireMetadataUrl(options.clientMetadataUrl);
  let challenge: Challenge | undefined;
  let wanted = options.scope;

  const innerOf = (
    { issuer, origins, clientId, resource, scope }: McpGrant,
    client?: McpClient,
  ): OAuthProvider =>
    createOAuthProvider({
      issuer,
      origins,
      clientId,
      resource,
      scope,
      name,
      clientSecret: client?.clientSecret ?? (clientId === options.clientId ? clientSecret : undefined),
      clientAuthentication: client?.clientAuthentication ?? options.clientAuthentication,
      redirectUri: client?.redirectUri,
      // Later processes know neither the registration nor the option.
      keepClientSecret: true,
    });
  const known = new Map<string, OAuthProvider>();
  /** The provider of a stored grant, whose metadata is then cached. */
  const ownerOf = (grant: McpGrant): OAuthProvider => {
    const key = JSON.stringify(grant);
    const inner = known.get(key) ?? innerOf(grant);
    known.set(key, inner);
    return inner;
  };

  const prepare = async (redirect: Redirect | undefined, call: Call): Promise<Prepared> => {
    const found = await findAuthorization(url, challenge, call);
    requireWay(found.server, redirect ? "authorization" : "deviceAuthorization", name);
    const scope = scopeOf(found, wanted);
    const { issuer } = found.server;
    const origins = originsOf(found.server);
    const preparedFor = (client: McpClient): Prepared => {
      const grant = { issuer, origins, clientId: client.clientId, resource: found.resource, scope };
      return { inner: innerOf(grant, client), grant };
    };
    const isKnown = async (client: McpClient): Promise<boolean> =>
      !(await isRefusedClient(preparedFor(client).inner, call));
    const client = await chooseClient(found, options, { redirect, isKnown }, call);
    wanted = scope;
    return preparedFor(client);
  };

  /** The sign-ins that wait for a person, by their client: a device code is spread and copied on its way. */
  const waiting = new Map<string, Prepared>();

  const learn: McpProvider["learn"] = ({ status, headers }) => {
    if (status !== 401 && status !== 403) return;
    const seen = readChallenge(headers);
    if (!seen) return;
    challenge = seen;
    if (seen.error === "insufficient_scope") wanted = joinScopes(wanted, seen.scope);
  };

  return {
    id: mcpProviderId(url),
    name,
    url,
    upstream: createUpstream(url, learn),
    learn,
    requireScope: (scope) => void (wanted = joinScopes(wanted, scope)),

    async requestDeviceCode(call): Promise<DeviceCode> {
      const prepared = await prepare(undefined, call);
      const code = await prepared.inner.requestDeviceCode(call);
      const signIn = crypto.randomUUID();
      waiting.set(signIn, prepared);
      return { ...code, context: { ...code.context, signIn } };
    },

    async pollDeviceCode(code, call): Promise<PollResult> {
      const { signIn, ...context } = asObject(code.context);
      const prepared = waiting.get(asString(signIn) ?? "");
      if (!prepared) throw new TypeError("The code is not one of this provider's");
      const result = await prepared.inner.pollDeviceCode({ ...code, context }, call);
      if (result.status !== "granted") return result;
      waiting.delete(asString(signIn) ?? "");
      return { ...result, grant: formatGrant(result.grant, prepared.grant) };
    },

    async authorize(redirect, call): Promise<AuthorizationRequest> {
      const listening: { address?: string } = {};
      const { inner, grant } = await prepare(async (fixed) => {
        listening.address = await redirect(fixed);
        return listening.address;
      }, call);
      const request = await inner.authorize?.(async (fixed) => listening.address ?? redirect(fixed), call);
      if (!request) throw new TypeError("An OAuth provider with an issuer can authorize");
      return {
        ...request,
        async complete(answer, completing) {
          const granted = await request.complete(answer, completing);
          return { ...granted, grant: formatGrant(granted.grant, grant) };
        },
      };
    },

    async redeem(held, call): Promise<Redemption> {
      const grant = readGrant(held);
      const result = await ownerOf(grant)
        .redeem(held, call)
        .catch((error: unknown) => {
          throw withoutClient(error);
        });
      return result.grant ? { ...result, grant: formatGrant(result.grant, grant) } : result;
    },

    grantReplay: () => "never",
    isRenewable: (grant: Grant) => asString(grant["refreshToken"]) !== undefined,

    async revoke(session, call) {
      if (!session.grant) return "not_offered";
      return ownerOf(readGrant(session.grant)).revoke?.(session, call) ?? "not_offered";
    },
  };
}

/** The standard's names of the two ways to sign in, and the error of a server that does not have one. */
const WAYS = {
  authorization: ["authorization endpoint", "unsupported_response_type"],
  deviceAuthorization: ["device authorization endpoint", "unsupported_grant_type"],
} as const;

/** @throws `provider.misconfigured` before a client is registered for a way that the server does not have */
function requireWay(server: OAuthMetadata, way: keyof typeof WAYS, name: string): void {
  if (server[way] !== undefined) return;
  const [endpoint, reason] = WAYS[way];
  throw new TokenFlowError("provider.misconfigured", `${name} has no ${endpoint}`, {
    reason,
    hint: "Sign in the other way, or ask the server's administrators.",
    grantUnused: true,
  });
}

/** Begins a refresh token that nobody has, and tells in a log what it is for. */
const NO_TOKEN = "is-this-client-known-";

/** Returns true if the server does not know the client. It is asked with a refresh token that nobody has. */
async function isRefusedClient(inner: OAuthProvider, call: Call): Promise<boolean> {
  try {
    await inner.redeem({ refreshToken: `${NO_TOKEN}${crypto.randomUUID()}` }, call);
    return false;
  } catch (error) {
    if (call.signal?.aborted) throw error;
    return isTokenFlowError(error) && error.reason === REFUSED_CLIENT;
  }
}

const REFUSED_CLIENT = "invalid_client";

/** The client belongs to the session: only another sign-in brings another one. */
function withoutClient(error: unknown): unknown {
  if (!isTokenFlowError(error) || error.reason !== REFUSED_CLIENT) return error;
  const { code, message, status, reason, grantUnused } = error;
  const hint = "The server no longer accepts the client of this session. Sign in again.";
  return new TokenFlowError(code, message, { status, reason, grantUnused, hint });
}

/** The server's own scopes, and `offline_access` where the authorization server knows it: it keeps the session alive. */
function scopeOf({ scope, server }: McpAuthorization, wanted: string | undefined): string | undefined {
  const offline = server.scopes?.includes("offline_access") ? "offline_access" : undefined;
  return joinScopes(wanted, scope, offline);
}

function originsOf(server: OAuthMetadata): readonly string[] {
  const { token, deviceAuthorization, revocation, introspection, registration } = server;
  const endpoints = [token, deviceAuthorization, revocation, introspection, registration];
  return [...new Set(endpoints.flatMap((endpoint) => (endpoint ? [new URL(endpoint).origin] : [])))];
}

/** The server itself. Its refusals teach the provider what to ask for. */
function createUpstream(url: string, learn: McpProvider["learn"]): Upstream {
  return {
    baseUrl: url,
    address: () => url,
    headers: () => ({}),
    isTokenRejected(answer) {
      learn(answer);
      return answer.status === 401;
    },
  };
}
