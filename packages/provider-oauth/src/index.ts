export type { ClientAuthentication } from "./client-authentication.ts";
export type { OAuthEndpoints } from "./discovery.ts";
export { createOAuthGrant } from "./grant.ts";
export { createOAuthProvider, type OAuthProvider, type OAuthProviderOptions } from "./oauth-provider.ts";
export type { Introspection } from "./wire.ts";
