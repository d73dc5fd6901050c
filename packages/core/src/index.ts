export { type Clock, type SleepOptions, systemClock } from "./base/clock.ts";
export {
  type ErrorCode,
  isTokenFlowError,
  TokenFlowError,
  type TokenFlowErrorOptions,
} from "./base/errors.ts";
export type { EventBody, RefreshCause, TokenFlowEvent } from "./base/events.ts";
export { isJsonObject, type JsonObject, type JsonValue, parseJson } from "./base/json.ts";
export { redact } from "./base/redact.ts";
export { version } from "./base/version.ts";
export type {
  Call,
  DeviceCode,
  Grant,
  GrantReplay,
  PollResult,
  Provider,
  RedeemedToken,
  Redemption,
} from "./contracts/provider.ts";
export type { Session } from "./contracts/session.ts";
export { isLockingStore, type Lock, type LockingStore, type LockOptions } from "./contracts/store.ts";
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
export type { Model, Quota, Upstream, UpstreamAnswer, UpstreamRequest, Usage } from "./contracts/upstream.ts";
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
export { connectionError } from "./http/connection-error.ts";
export {
  createHttp,
  type Http,
  type HttpAnswer,
  type HttpOptions,
  type HttpRequest,
  isLoopback,
  parseRetryAfter,
  requireSafeUrl,
} from "./http/create-http.ts";
export { isTransient } from "./http/is-transient.ts";
export { createTokenManager, type TokenManagerOptions } from "./manager/create-token-manager.ts";
export { grantEnvVar, tokenEnvVar } from "./manager/static-token-manager.ts";
export {
  type DeviceFlowOptions,
  type PollForTokenOptions,
  pollForToken,
  requestDeviceCode,
  type UserCodePrompt,
} from "./protocol/device-flow.ts";
export { readPollError } from "./protocol/read-poll-error.ts";
export { lifetimeUntil, redeemError } from "./protocol/redeem-error.ts";
export {
  type CopySessionsOptions,
  type CopySessionsResult,
  copySessions,
  type SkippedSession,
} from "./store/copy-sessions.ts";
export {
  createLockingStore,
  type LockingStoreOptions,
  type StoreBackend,
} from "./store/create-locking-store.ts";
export { type ImportSessionOptions, importSession } from "./store/import-session.ts";
export { createMemoryStore, type MemoryStoreOptions } from "./store/memory-store.ts";
export { type ReadFreshTokenOptions, readFreshToken } from "./store/read-fresh-token.ts";
export type { Encryption } from "./store/record-store.ts";
export { Token, type TokenCache, type TokenOptions } from "./token/token.ts";
