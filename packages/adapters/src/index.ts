/**
 * A session as the credential of other SDKs. Each adapter is a few lines over `manager.getToken()`, and loads no SDK.
 *
 * @example
 * ```ts
 * import { bearerToken } from "@tokenflow/adapters";
 * import type { TokenManager } from "@tokenflow/core";
 *
 * export const apiKeyOf = (manager: TokenManager): (() => Promise<string>) => bearerToken(manager);
 * ```
 *
 * @module
 */

// For every option that takes a function.

export { bearerToken, type TokenSource } from "./bearer-token.ts";

// For the SDKs that have a type of their own.

export { type AwsTokenIdentity, awsToken } from "./aws-token.ts";
export { type AzureAccessToken, type AzureCredential, azureCredential } from "./azure-credential.ts";
export { googleAuthClient } from "./google-auth-client.ts";
export { grpcMetadata } from "./grpc-metadata.ts";
export { type OctokitAuth, type OctokitAuthentication, octokitAuth } from "./octokit-auth.ts";
