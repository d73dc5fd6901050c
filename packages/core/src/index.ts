export {
  type AnthropicOptions,
  anthropicOptions,
  type ClientOptions,
  clientOptions,
} from "./client-options.ts";
export { type Clock, systemClock, type WaitOptions } from "./clock.ts";
export {
  type CopiedSessions,
  type CopySessionsOptions,
  copySessions,
  type SkippedSession,
} from "./copy-sessions.ts";
export {
  type CreateFetchOptions,
  createFetch,
  type TokenFetch,
  type TokenRequestInit,
} from "./create-fetch.ts";
export { createTokenManager, type TokenManagerOptions } from "./create-token-manager.ts";
export { readPollError } from "./device-answer.ts";
export {
  type DeviceCodeShown,
  type DeviceFlowOptions,
  type PollForTokenOptions,
  pollForToken,
  requestDeviceCode,
} from "./device-flow.ts";
export { type ErrorCode, isTokenFlowError, TokenFlowError, type TokenFlowErrorOptions } from "./errors.ts";
export type { EventBody, RefreshCause, TokenFlowEvent } from "./events.ts";
export {
  createHttp,
  type Http,
  type HttpAnswer,
  type HttpOptions,
  type HttpRequest,
  isLoopback,
  parseRetryAfter,
  requireSafeUrl,
} from "./http.ts";
export { type ImportSessionOptions, importSession } from "./import-session.ts";
export { isTransient } from "./is-transient.ts";
export { isJsonObject, type JsonObject, type JsonValue, parseJson } from "./json.ts";
export { createLockingStore, type LockingStoreOptions, type StoreBackend } from "./locking-store.ts";
export { createMemoryStore, type MemoryStoreOptions } from "./memory-store.ts";
export type {
  Call,
  DeviceCode,
  Grant,
  GrantReplay,
  PollResult,
  Provider,
  RedeemedToken,
  Redemption,
} from "./provider.ts";
export { type ReadFreshTokenOptions, readFreshToken } from "./read-fresh-token.ts";
export { redact } from "./redact.ts";
export { lifetimeUntil, redeemError } from "./redeem-answer.ts";
export type { Session } from "./session.ts";
export type { Encryption } from "./session-store.ts";
export { grantVariable, tokenVariable } from "./static-token-manager.ts";
export { isLockingStore, type Lock, type LockingStore, type LockOptions } from "./store.ts";
export { Token, type TokenCache, type TokenOptions } from "./token.ts";
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
} from "./token-manager.ts";
export { unreachable } from "./unreachable.ts";
export type { Model, Quota, Upstream, UpstreamAnswer, UpstreamRequest, Usage } from "./upstream.ts";
export { version } from "./version.ts";
export { type Attempt, type WithTokenOptions, withToken } from "./with-token.ts";
