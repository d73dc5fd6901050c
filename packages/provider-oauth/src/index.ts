export { createOAuthGrant, oauthCredentialsFromEnv } from "./grant.ts";
export { createOAuthProvider, type OAuthProvider } from "./oauth-provider.ts";
export type { OAuthProviderOptions } from "./oauth-provider-options.ts";
export type { ClientAuthentication } from "./server/client-authentication.ts";
export type { OAuthEndpoints } from "./server/endpoints.ts";
export type { Introspection } from "./wire/introspection.ts";
export type { WireFormat } from "./wire/wire-format.ts";
