import { type Provider, TokenFlowError } from "@tokenflow/core";
import { createOAuthProvider, type OAuthProvider, oauthCredentialsFromEnv } from "@tokenflow/provider-oauth";
import type { Environment, OAuthDeclaration } from "../settings/config.ts";
import { createBearerUpstream } from "./bearer-upstream.ts";
import type { ProviderModule } from "./bundled-providers.ts";

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
    createProvider: (env): Provider => createDeclaredProvider(id, declaration, readSecret(env)),
    readCredentials: (env) => oauthCredentialsFromEnv(env, id),
    appName: () => declaration.clientId,
    origins: () => originsOf(declaration),
  };
}

/** @throws `provider.misconfigured` for a declaration without a server, and for addresses that cannot be used */
export function createDeclaredProvider(
  id: string,
  { upstream, issuer, endpoints: { token, ...others } = {}, origins, ...client }: OAuthDeclaration,
  secret?: ClientSecret,
): OAuthProvider {
  const options = {
    ...client,
    id,
    clientSecret: secret?.text,
    keepClientSecret: secret?.isKept,
    upstream: upstream === undefined ? undefined : createBearerUpstream(upstream),
  };
  const known = token === undefined ? others : { ...others, token };
  if (issuer !== undefined) return createOAuthProvider({ ...options, issuer, endpoints: known, origins });
  if (token !== undefined) return createOAuthProvider({ ...options, endpoints: { ...others, token } });
  throw new TokenFlowError("provider.misconfigured", `${id} is declared without a server`, {
    hint: `Run: tokenflow login ${id} --issuer <url> --client-id <id>`,
  });
}

function originsOf({ issuer, endpoints = {} }: OAuthDeclaration): readonly string[] {
  const addresses = [issuer, endpoints.deviceAuthorization, endpoints.token];
  return [...new Set(addresses.filter((address) => address !== undefined))];
}
