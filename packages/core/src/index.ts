/**
 * Signs a person in by the OAuth device flow (RFC 8628) and keeps the access token fresh.
 *
 * What only an author of a provider needs is in `@tokenflow/core/provider`, of a store in `@tokenflow/core/store`.
 *
 * @example
 * ```ts
 * import { createFetch, createTokenManager } from "@tokenflow/core";
 * import { createCopilotProvider } from "@tokenflow/provider-copilot";
 *
 * await using manager = createTokenManager({ provider: createCopilotProvider() });
 * await manager.signIn({
 *   onUserCode: ({ verificationUri, userCode }) => console.log(`Open ${verificationUri} and enter ${userCode}`),
 * });
 * const models = await createFetch(manager)("/models");
 * ```
 *
 * @module
 */

// The manager keeps one session fresh.
export type { Clock, SleepOptions } from "./base/clock.ts";
// Errors, and text that may hold a secret.
export {
  type ErrorCode,
  isTokenFlowError,
  needsSignIn,
  TokenFlowError,
  type TokenFlowErrorOptions,
} from "./base/errors.ts";
export type { RefreshCause, TokenFlowEvent } from "./base/events.ts";
export { redact } from "./base/redact.ts";
export type { Grant } from "./contracts/call.ts";
// What a provider is, and what it tells about the API that its token opens.
export type { DeviceCode, UserCodePrompt } from "./contracts/device-code.ts";
export type { Provider } from "./contracts/provider.ts";
export type { Session } from "./contracts/session.ts";
export type { Encryption } from "./contracts/store.ts";
export type {
  Acquired,
  AcquireOptions,
  GetTokenOptions,
  InterruptedRedemption,
  SessionFailure,
  SessionState,
  SessionStatus,
  SignInOptions,
  TokenManager,
} from "./contracts/token-manager.ts";
export type { Model, Quota, Upstream, Usage } from "./contracts/upstream.ts";
// Requests that carry the token.
export {
  type AnthropicOptions,
  anthropicOptions,
  type ClientOptions,
  clientOptions,
} from "./fetch/client-options.ts";
export {
  type CreateFetchOptions,
  createFetch,
  type TokenFetch,
  type TokenRequestInit,
} from "./fetch/create-fetch.ts";
export { type Attempt, type WithTokenOptions, withToken } from "./fetch/with-token.ts";
export { createTokenManager, type TokenManagerOptions } from "./manager/create-token-manager.ts";
// The device flow alone, without a store or a manager.
export {
  type DeviceFlowOptions,
  type PollForTokenOptions,
  pollForToken,
  requestDeviceCode,
} from "./protocol/device-flow.ts";
// Sessions in stores.
export {
  type CopySessionsOptions,
  type CopySessionsResult,
  copySessions,
  type SkippedSession,
} from "./store/copy-sessions.ts";
export { type ImportSessionOptions, importSession } from "./store/import-session.ts";
export { createMemoryStore, type MemoryStoreOptions } from "./store/memory-store.ts";
export { Token, type TokenCache, type TokenOptions } from "./token/token.ts";
