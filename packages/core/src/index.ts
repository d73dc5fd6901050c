/**
 * Signs a person in by the OAuth device flow (RFC 8628) and keeps the access token fresh.
 *
 * Authors of a provider need `@tokenflow/core/provider`, and authors of a store `@tokenflow/core/store`. Those
 * names are not here, so that an application sees only what it calls.
 *
 * @example
 * ```ts
 * import { createFetch, createTokenManager } from "@tokenflow/core";
 * import { createOAuthProvider } from "@tokenflow/provider-oauth";
 *
 * const provider = createOAuthProvider({ issuer: "https://login.example.com", clientId: "my-app" });
 * await using manager = createTokenManager({ provider });
 * await manager.signIn({
 *   onUserCode: ({ verificationUri, userCode }) => console.log(`Open ${verificationUri} and enter ${userCode}`),
 * });
 * const fetch = createFetch(manager, { origins: ["https://api.example.com"] });
 * console.log(await (await fetch("https://api.example.com/me")).json());
 * ```
 *
 * @module
 */

// The manager, which keeps one session fresh.

export type { Clock, SleepOptions } from "./base/clock.ts";
export type { RefreshCause, RefreshPhases, TokenFlowEvent } from "./base/events.ts";
export type { Browser, BrowserReturn } from "./contracts/authorization.ts";
export type { Session } from "./contracts/session.ts";
export type {
  Acquired,
  AcquireOptions,
  GetTokenOptions,
  InterruptedRedemption,
  SessionFailure,
  SessionState,
  SessionStatus,
  SignedOut,
  SignInOptions,
  TokenManager,
} from "./contracts/token-manager.ts";
export { createTokenManager, type TokenManagerOptions } from "./manager/create-token-manager.ts";
export { Token, type TokenCache, type TokenOptions } from "./token/token.ts";

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
} from "./fetch/create-fetch.ts";
export type { TokenFetch, TokenRequestInit } from "./fetch/token-fetch.ts";
export { type Attempt, type WithTokenOptions, withToken } from "./fetch/with-token.ts";
export type { LearnedParts } from "./repair/request-tries.ts";

// The device flow alone, without a store or a manager.

export type { DeviceCode, UserCodePrompt } from "./contracts/device-code.ts";
export {
  type DeviceFlowOptions,
  type PollForTokenOptions,
  pollForToken,
  requestDeviceCode,
} from "./protocol/device-flow.ts";

// Stored sessions.

export type { Encryption } from "./contracts/store.ts";
export {
  type CopySessionsOptions,
  type CopySessionsResult,
  copySessions,
  type SkippedSession,
} from "./store/copy-sessions.ts";
export { type ImportSessionOptions, importSession } from "./store/import-session.ts";
export { createMemoryStore, type MemoryStoreOptions } from "./store/memory-store.ts";

// Errors, and text that may hold a secret.

export {
  type ErrorCode,
  isTokenFlowError,
  needsSignIn,
  TokenFlowError,
  type TokenFlowErrorOptions,
} from "./base/errors.ts";
export { redact } from "./base/redact.ts";

// A provider, and the API that its tokens open.

export type { Grant } from "./contracts/call.ts";
export type { Provider } from "./contracts/provider.ts";
export type { Model, Quota, Upstream, Usage } from "./contracts/upstream.ts";
