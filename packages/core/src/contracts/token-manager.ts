import type { ErrorCode, TokenFlowError } from "../base/errors.ts";
import type { Token } from "../token/token.ts";
import type { Browser } from "./authorization.ts";
import type { UserCodePrompt } from "./device-code.ts";
import type { Provider } from "./provider.ts";
import type { Session } from "./session.ts";
import type { UpstreamAnswer, Usage } from "./upstream.ts";

/** Keeps one session fresh. */
export interface TokenManager extends AsyncDisposable {
  readonly provider: Provider;
  readonly account: string;
  /** Returns the token in memory if it is alive and was not rejected. It reads no store and sends no request. */
  peek(): Token | undefined;
  /**
   * Returns a token that is alive. If it is due, a refresh starts in the background. Without a live token the call
   * waits for the refresh. It never starts a sign-in. An abort ends the caller's wait, not the shared refresh.
   * @throws `session.signed_out`, `session.revoked`, or the reason why the refresh failed
   */
  getToken(options?: GetTokenOptions): Promise<Token>;
  /** Like `getToken`, but starts a sign-in if one is needed, and returns its user code instead of waiting for a person. */
  acquire(options?: AcquireOptions): Promise<Acquired>;
  /** Signs a person in. If the first token could not be fetched, the session's `failure` tells why. */
  signIn(options: SignInOptions): Promise<Session>;
  /**
   * Reports that the API rejected this token. It is never handed out again, unless a later redemption returns it.
   * @param answer tells the provider why
   */
  reject(token: Token, answer?: UpstreamAnswer): void;
  /**
   * Deletes the session. With `revoke`, the service is asked to revoke it too, unless the session was imported: then it
   * belongs to the program that signed in.
   */
  signOut(options?: { readonly revoke?: boolean | undefined }): Promise<SignedOut>;
  /** Reads the store and returns the session's state. */
  status(): Promise<SessionStatus>;
  /**
   * Asks the service for the plan and the quotas.
   * @throws `provider.misconfigured` if the provider has none, or for a static token; otherwise as `getToken`
   */
  usage(options?: { readonly signal?: AbortSignal | undefined }): Promise<Usage>;
  /** Resolves as soon as there is a usable token, and then keeps it fresh in the background until `close()`. */
  start(): Promise<void>;
  /** Ends timers and sign-ins, and waits for a running redemption, so that no new grant is lost. */
  close(): Promise<void>;
}

export interface GetTokenOptions {
  /** Ends the wait. @example AbortSignal.timeout(10_000) */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long the token must still be valid, in milliseconds. At most its lifetime minus the expiry buffer.
   * @default 0
   * @example 300_000
   */
  readonly minValidity?: number | undefined;
  /**
   * Refreshes even if the token is fresh.
   * @default false
   * @example true
   */
  readonly forceRefresh?: boolean | undefined;
}

export interface AcquireOptions {
  /** Ends the wait. @example AbortSignal.timeout(10_000) */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called once when the sign-in of a `pending` result ends: without an argument after a success, else with the
   * failure. It does not keep the process alive, and is not called after `close()`. An error that it throws is
   * ignored.
   * @example (failure) => console.log(failure?.message ?? "Signed in")
   */
  readonly onSettled?: ((failure?: TokenFlowError) => void) | undefined;
}

/** The result of {@link TokenManager.acquire}: a token, a sign-in that waits for a person, or a failure. */
export type Acquired =
  | { readonly status: "authorized"; readonly token: Token }
  | ({ readonly status: "pending" } & UserCodePrompt)
  | { readonly status: "failed"; readonly error: TokenFlowError };

/** The result of {@link TokenManager.signOut}. */
export interface SignedOut {
  /** True if the service has revoked the session. */
  readonly revoked: boolean;
  /**
   * Tells why the session was not revoked although that was asked for: the service offers no revocation, the session
   * belongs to the program that it was imported from, or its record could not be read.
   */
  readonly notRevoked?: "not_offered" | "imported" | "unreadable" | undefined;
}

export interface SignInOptions {
  /**
   * Called once with the code to show to the person.
   * @example ({ verificationUri, userCode }) => console.log(verificationUri, userCode)
   */
  onUserCode(code: UserCodePrompt): void;
  /** Ends the sign-in, unless somebody else waits for it too. @example AbortSignal.timeout(600_000) */
  readonly signal?: AbortSignal | undefined;
  /** Opens and hears the person's browser, for providers that can `authorize`. @default none @example createBrowser() */
  readonly browser?: Browser | undefined;
  /**
   * `"device"` uses a code only, and `"browser"` the browser only. `"auto"` uses the browser if it is on this machine,
   * and a code if it is not, or does not return. Each gives way to the other if the service does not have it.
   * @default "auto", which is a code if there is no `browser`
   * @example "device"
   */
  readonly prefer?: "auto" | "browser" | "device" | undefined;
  /**
   * Called when the first way has failed and the person is about to be shown the other one.
   * @default none
   * @example (reason, next) => console.error(`${reason.message}. Next: ${next}`)
   */
  readonly onFallback?: ((reason: TokenFlowError, next: "browser" | "device") => void) | undefined;
}

/**
 * `valid` and `due`: there is a token. `expired`: the next caller refreshes it. `refreshing`: a refresh is running, here
 * or in another process. `pending`: a sign-in waits for a person. `unavailable`: the store could not be read.
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

/** The state of one session, without secrets. */
export interface SessionStatus {
  readonly provider: string;
  readonly account: string;
  readonly state: SessionState;
  readonly login?: string | undefined;
  readonly origin?: "device" | "browser" | "import" | "environment" | undefined;
  /** This and the next two: times on the local clock, in milliseconds since 1970. */
  readonly issuedAt?: number | undefined;
  readonly expiresAt?: number | undefined;
  readonly dueAt?: number | undefined;
  /** `false` if there is no grant that can bring another token, so that the session ends with the token. */
  readonly renewable?: false | undefined;
  /** A redemption with an unknown outcome: its process, its time, and when the grant is sent again. */
  readonly interrupted?: InterruptedRedemption | undefined;
  /** True if a redeemed session is not yet written to the store. */
  readonly unsaved?: boolean | undefined;
  /** The last failure that is still in force, without secrets. */
  readonly failure?: SessionFailure | undefined;
  readonly details?: Token["details"];
  /** A sign-in that waits for a person, started by any manager over the same store object. */
  readonly signIn?: UserCodePrompt | undefined;
}

/** A redemption whose process ended before it, or whose answer was lost. */
export interface InterruptedRedemption {
  readonly owner: string;
  /** In milliseconds since 1970. */
  readonly at: number;
  /** `token_end`: a second use of the grant could end the session, so it waits until the token has expired. */
  readonly resumes: "next_use" | "token_end";
}

/** Why the last attempt failed, and what the person can do. */
export interface SessionFailure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  /** When the next attempt is made, in milliseconds since 1970. */
  readonly retryAt?: number | undefined;
}
