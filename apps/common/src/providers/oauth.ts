import { type Provider, TokenFlowError } from "@tokenflow/core";
import { omitUndefined } from "@tokenflow/core/provider";
import {
  createOAuthProvider,
  createWorkloadProvider,
  type EnsuredClient,
  ensureOAuthClient,
  oauthCredentialsFromEnv,
  oauthServiceOptions,
} from "@tokenflow/provider-oauth";
import type { Environment, OAuthDeclaration } from "../settings/config.ts";
import { createBearerUpstream } from "./bearer-upstream.ts";
import type { ProviderModule } from "./bundled-providers.ts";
import { readPlatformToken } from "./platform-token.ts";

export { forgetOAuthClient, oauthServices, servicesWithoutDeviceFlow } from "@tokenflow/provider-oauth";

/** The secret of a client, and where it came from. */
export interface ClientSecret {
  readonly text: string;
  /** True if it is to be kept with the session, since no later command is given it. */
  readonly isKept: boolean;
}

/**
 * The provider of an OAuth server that `config.json` declares.
 * @param readSecret finds the client's secret: neither the command line nor a file shows it
 */
export function createOAuthModule(
  id: string,
  declaration: OAuthDeclaration,
  readSecret: (env: Environment) => ClientSecret | undefined,
): ProviderModule {
  return {
    createProvider: (env) => createDeclaredProvider(id, declaration, env, readSecret(env)),
    readCredentials: (env) => oauthCredentialsFromEnv(env, id),
    appName: () => declaration.clientId,
    origins: () => originsOf(declaration),
  };
}

/** @throws `provider.misconfigured` for a declaration without a server, and for addresses that cannot be used */
export function createDeclaredProvider(
  id: string,
  declaration: OAuthDeclaration,
  env: Environment,
  secret?: ClientSecret,
): Provider {
  const {
    service,
    variables,
    upstream,
    issuer,
    endpoints = {},
    origins,
    register: _,
    hosts: __,
    username: ___,
    grant,
    assertion,
    ...client
  } = declaration;
  const { token, ...others } = endpoints;
  const known = service === undefined ? undefined : oauthServiceOptions(service, variables);
  const address = issuer ?? token ?? "";
  const options = {
    ...client,
    id,
    name: shownName(id, service, known?.name ?? URL.parse(address)?.host ?? address),
    clientSecret: secret?.text,
    keepClientSecret: secret?.isKept,
    upstream: upstream === undefined ? undefined : createBearerUpstream(upstream),
  };
  const given = token === undefined ? others : { ...others, token };
  if (grant !== undefined) {
    const proof = assertion === undefined ? undefined : readPlatformToken(assertion, env);
    const isClients = grant === "client_credentials";
    const workload = {
      ...options,
      grant,
      assertion: isClients ? undefined : proof,
      clientAssertion: isClients ? proof : undefined,
    };
    const server = serverOf(declaration);
    if (server.issuer !== undefined) {
      return createWorkloadProvider({
        ...workload,
        issuer: server.issuer,
        origins: server.origins,
        endpoints: omitUndefined({ ...server.endpoints }),
      });
    }
    if (token !== undefined) return createWorkloadProvider({ ...workload, endpoints: { ...others, token } });
  }
  if (known) {
    const own = omitUndefined(options);
    if (known.issuer === undefined) return createOAuthProvider({ ...known, ...own });
    const { origins: knownOrigins = [] } = known;
    return createOAuthProvider({ ...known, ...own, origins: [...knownOrigins, ...(origins ?? [])] });
  }
  if (issuer !== undefined) return createOAuthProvider({ ...options, issuer, endpoints: given, origins });
  if (token !== undefined) return createOAuthProvider({ ...options, endpoints: { ...others, token } });
  throw new TokenFlowError("provider.misconfigured", `${id} is declared without a server`, {
    hint: `Run: tokenflow login ${id} --issuer <url> --client-id <id>`,
  });
}

/** Returns the name for messages: the person's own, and the service that it stands for. */
function shownName(id: string, service: string | undefined, of: string): string {
  return id === service || id.startsWith("oauth:") ? of : `${id} at ${of}`;
}

/** The store that keeps registered clients, and what a registration may need besides the declaration. */
export type RegistrationContext = Pick<
  Parameters<typeof ensureOAuthClient>[0],
  "store" | "encryption" | "initialAccessToken" | "signal"
>;

/**
 * Returns the client that is registered at the server of a declaration, and registers one if there is none.
 * @throws `provider.misconfigured` for a server without an issuer, or one that registers no clients
 */
export async function ensureClient(
  id: string,
  declaration: Partial<OAuthDeclaration>,
  context: RegistrationContext,
): Promise<EnsuredClient> {
  const { scope, redirectUri } = declaration;
  const server = serverOf(declaration);
  if (server.issuer === undefined) {
    throw new TokenFlowError("provider.misconfigured", `${id} names no issuer that could register a client`, {
      hint: "Use --issuer with --register, or register a client on the service's pages and use --client-id.",
    });
  }
  const { issuer, origins } = server;
  const endpoints = omitUndefined({ ...server.endpoints });
  return ensureOAuthClient({
    ...context,
    issuer,
    origins,
    endpoints,
    scope,
    redirectUri,
    clientName: "TokenFlow",
  });
}

/** Returns the addresses of a declaration, or those of the service that it names. */
function serverOf({
  service,
  variables,
  ...own
}: Partial<OAuthDeclaration>): Pick<Partial<OAuthDeclaration>, "issuer" | "origins" | "endpoints"> {
  if (service === undefined) return own;
  const known = oauthServiceOptions(service, variables);
  return { ...known, endpoints: { ...known.endpoints, ...own.endpoints } };
}

function originsOf(declaration: OAuthDeclaration): readonly string[] {
  const { issuer, endpoints = {} } = serverOf(declaration);
  const addresses = [issuer, endpoints.deviceAuthorization, endpoints.token];
  return [...new Set(addresses.filter((address) => address !== undefined))];
}
