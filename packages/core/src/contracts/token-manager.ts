import type { ErrorCode, TokenFlowError } from "../base/errors.ts";
import type { Token } from "../token/token.ts";
import type { UserCodePrompt } from "./device-code.ts";
import type { Provider } from "./provider.ts";
import type { Session } from "./session.ts";
import type { Usage } from "./upstream.ts";

/** Keeps one session fresh and answers {@link TokenManager.getToken}. */
export interface TokenManager extends AsyncDisposable {
  readonly provider: Provider;
  readonly account: string;
  /** The token in memory; undefined unless it is alive and was not rejected. Reads nothing, asks nobody. */
  peek(): Token | undefined;
  /**
   * A token that is alive. Refreshes behind a live one that is due, waits for the refresh otherwise.
   * Never starts a sign-in. A caller's abort leaves the shared work running.
   * @throws `session.signed_out`, `session.revoked`, or why the token could not be refreshed
   */
  getToken(options?: GetTokenOptions): Promise<Token>;
  /** As `getToken`, but begins a sign-in where one is needed, and answers its user code instead of waiting for a person. */
  acquire(options?: AcquireOptions): Promise<Acquired>;
  /** Signs a person in; a token may still be missing afterwards, then `failure` says why. */
  signIn(options: SignInOptions): Promise<Session>;
  /** Tells that the API refused this token: it is never handed out again. */
  reject(token: Token): void;
  signOut(options?: { readonly revoke?: boolean | undefined }): Promise<void>;
  status(): Promise<SessionStatus>;
  /**
   * Plan and quotas, as the service tells them.
   * @throws `provider.misconfigured` where the provider tells none or the token was given, else as `getToken`
   */
  usage(options?: { readonly signal?: AbortSignal | undefined }): Promise<Usage>;
  /** Resolves with a usable token at hand, rejects with why there is none; refreshes behind until `close()`. */
  start(): Promise<void>;
  /** Ends timers and flows and waits for a running redemption, so that nothing redeemed is lost. */
  close(): Promise<void>;
}

export interface GetTokenOptions {
  readonly signal?: AbortSignal | undefined;
  /** The least time the token should still be good, in milliseconds. Capped at its lifetime less the expiry buffer. */
  readonly minValidity?: number | undefined;
  /** Refresh even when the token is fresh. */
  readonly forceRefresh?: boolean | undefined;
}

export interface AcquireOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Called once when the sign-in that `pending` spoke of has ended: without an argument where somebody has
   * signed in, else with why nobody has. Never keeps the process alive; not called after `close()`. If it
   * throws, that changes nothing.
   */
  readonly onSettled?: ((failure?: TokenFlowError) => void) | undefined;
}

export type Acquired =
  | { readonly status: "authorized"; readonly token: Token }
  | {
      readonly status: "pending";
      readonly userCode: string;
      readonly verificationUri: string;
      readonly verificationUriComplete?: string | undefined;
      readonly expiresAt: number;
    }
  | { readonly status: "failed"; readonly error: TokenFlowError };

export interface SignInOptions {
  /** Called once, with what the person needs. */
  onUserCode(code: UserCodePrompt): void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * `valid` and `due` serve a token; `expired` will be refreshed by the next caller; `refreshing` is being refreshed,
 * here or by another process; `pending` waits for a person; `unavailable` means that the store could not be read.
 */
export type SessionState =
  | "valid"
  | "due"
  | "expired"
  | "refreshing"
  | "pending"
  | "signed_out"
  | "revoked"
  | "unavailable";

/** One session at a glance. No secrets in it. */
export interface SessionStatus {
  readonly provider: string;
  readonly account: string;
  readonly state: SessionState;
  readonly login?: string | undefined;
  readonly origin?: "device" | "import" | "environment" | undefined;
  /** Moments on the local clock, in milliseconds since 1970. */
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  readonly dueAt?: number | undefined;
  /** `false` where there is no grant, so that the token's end is the session's. */
  readonly renewable?: false | undefined;
  /** A redemption whose outcome nobody knows: who began it, when, and when the grant is sent again. */
  readonly interrupted?: InterruptedRedemption | undefined;
  /** Redeemed, but not yet written to the store. */
  readonly unsaved?: boolean | undefined;
  /** The last failure that still binds, without secrets. */
  readonly failure?: SessionFailure | undefined;
  readonly details?: Token["details"];
  /** A sign-in that waits for a person, begun by any manager over the same store object. */
  readonly signIn?: UserCodePrompt | undefined;
}

/** A redemption that its process did not live to finish, or whose answer was lost. */
export interface InterruptedRedemption {
  readonly owner: string;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** `token_end`: sending the grant twice could end the session, so nothing is risked while the token lives. */
  readonly resumes: "next_use" | "token_end";
}

/** Why the last attempt failed, and what the person can do. */
export interface SessionFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  /** When it is tried again, in milliseconds since 1970. */
  readonly retryAt?: number | undefined;
}
