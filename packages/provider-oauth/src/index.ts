// A provider for any OAuth server, and for those that are known by name.

export { createOAuthProvider, type OAuthProvider } from "./oauth-provider.ts";
export type { OAuthClientOptions, OAuthProviderOptions } from "./oauth-provider-options.ts";
export type { ClientAuthentication } from "./server/client-authentication.ts";
export type { EndpointSource, EndpointsSource, IssuerSource, OAuthEndpoints } from "./server/endpoints.ts";
export { type OAuthMetadata, readOAuthMetadata } from "./server/read-metadata.ts";
export type { OAuthService, ServiceVariable } from "./services/service.ts";
export {
  type OAuthServiceOptions,
  oauthServiceOptions,
  oauthServices,
  servicesWithoutDeviceFlow,
} from "./services/services.ts";
export type { Introspection } from "./wire/introspection.ts";
export type { WireFormat } from "./wire/wire-format.ts";

// Programs without a person: the platform's token, or the client's own secret.

export { actionsToken, envToken, type PlatformToken } from "./workload/platform-token.ts";
export type { WorkloadGrant, WorkloadOptions, WorkloadProviderOptions } from "./workload/workload-options.ts";
export { createWorkloadProvider, type WorkloadProvider } from "./workload/workload-provider.ts";

// Sign-ins and clients that were made elsewhere, or by the server itself.

export { createOAuthGrant, oauthCredentialsFromEnv } from "./grant.ts";
export {
  type EnsureClientOptions,
  type EnsuredClient,
  ensureOAuthClient,
  forgetOAuthClient,
} from "./requests/ensure-client.ts";
export {
  isClientExpired,
  type RegisterClientOptions,
  type RegisteredClient,
  type RegistrationOptions,
  type RegistrationServer,
  registerOAuthClient,
  sendRegistration,
} from "./requests/register-client.ts";
