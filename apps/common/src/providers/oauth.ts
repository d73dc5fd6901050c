import { createOAuthProvider, type OAuthProvider, oauthCredentialsFromEnv } from "@tokenflow/provider-oauth";
import type { Environment, OAuthDeclaration } from "../settings/config.ts";
import { createBearerUpstream } from "./bearer-upstream.ts";
import type { ProviderModule } from "./bundled-providers.ts";

/** The provider of an OAuth server that `config.json` declares. */
export function createOAuthModule(id: string, declaration: OAuthDeclaration): ProviderModule {
  return {
    createProvider: (env) => createDeclaredProvider(declaration, env),
    readCredentials: (env) => oauthCredentialsFromEnv(env, id),
    appName: () => declaration.clientId,
    origins: () => [declaration.issuer],
  };
}

/** The client's secret comes from the environment only: neither the command line nor a file shows it. */
export function createDeclaredProvider(
  { upstream, ...server }: OAuthDeclaration,
  env: Environment,
): OAuthProvider {
  return createOAuthProvider({
    ...server,
    clientSecret: env["TOKENFLOW_OAUTH_CLIENT_SECRET"] || undefined,
    upstream: upstream === undefined ? undefined : createBearerUpstream(upstream),
  });
}
