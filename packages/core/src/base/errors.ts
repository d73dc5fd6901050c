/**
 * What went wrong, by who must act. The union is closed: code that handles errors switches on it
 * exhaustively, so that a new code breaks the build where it must be thought about.
 */
export type ErrorCode =
  /** The person said no. */
  | "device.denied"
  /** Nobody approved in time. */
  | "device.expired"
  /** The code is not known to the service (any more), perhaps because its one answer was lost on the way. */
  | "device.unknown"
  /** There is no session. */
  | "session.signed_out"
  /** There is a session, but the service refuses its grant and its token has run out. */
  | "session.revoked"
  /** The service could not be reached, or answered that it is in trouble. */
  | "provider.unavailable"
  /** The service asks to wait; `retryAfter` says how long, where it was told. */
  | "provider.rate_limited"
  /** The service knows the person, who has no plan, seat or credits for this. */
  | "provider.no_entitlement"
  /** The service does not let the app that the person consented to, or this client, do this. */
  | "provider.client_not_allowed"
  /** The service knows the person and refuses for another reason: a blocked account, an organization's rule. */
  | "provider.forbidden"
  /** The service answered something that is not of its protocol. */
  | "provider.malformed"
  /** Our settings cannot work: wrong client id, plain http, a flow that the service does not offer. */
  | "provider.misconfigured"
  /** The API refuses fresh tokens too. */
  | "token.rejected"
  /** The manager was closed. */
  | "manager.closed"
  /** The store could not be reached, read or written. */
  | "store.unavailable"
  /** Another process holds the session, or the keychain wants unlocking. */
  | "store.locked"
  /** What is stored cannot be read. It stays where it is. */
  | "store.corrupt"
  /** What is stored is encrypted with a key that is missing or not ours. */
  | "store.key_missing"
  /** What is stored was written by a newer version. */
  | "store.newer"
  /** What is stored could have been read by others. */
  | "store.insecure";

export interface TokenFlowErrorOptions {
  /** One sentence that tells the person what to do. */
  readonly hint?: string | undefined;
  /** The HTTP status that the error was read from. */
  readonly status?: number | undefined;
  /** How long the service asks to wait, in milliseconds. */
  readonly retryAfter?: number | undefined;
  /**
   * Set where a grant that this request carried was surely not redeemed: the request never left,
   * or the server said so. Absent where nobody can know.
   */
  readonly grantUnused?: boolean | undefined;
  /** The service's own word for it (`access_denied`, `invalid_scope`). Never a secret. */
  readonly reason?: string | undefined;
}

/**
 * The one error of this library. Neither its message nor any property, hidden ones included, ever holds
 * a token, grant, device code or client secret; that is why it has no `cause`.
 */
export class TokenFlowError extends Error {
  readonly code: ErrorCode;
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  readonly retryAfter?: number | undefined;
  readonly grantUnused?: boolean | undefined;
  readonly reason?: string | undefined;

  constructor(code: ErrorCode, message: string, options: TokenFlowErrorOptions = {}) {
    super(message);
    this.name = "TokenFlowError";
    this.code = code;
    this.hint = options.hint;
    this.status = options.status;
    this.retryAfter = options.retryAfter;
    this.grantUnused = options.grantUnused;
    this.reason = options.reason;
  }
}

/** Narrows to a {@link TokenFlowError}, and to one of `code` where given; works across copies of this package. */
export function isTokenFlowError(error: unknown, code?: ErrorCode): error is TokenFlowError {
  return (
    error instanceof Error &&
    error.name === "TokenFlowError" &&
    "code" in error &&
    (code === undefined || error.code === code)
  );
}

/** Returns the code that the platform put on an error, such as `ENOSPC`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

/**
 * Returns `true` if only a person can help: nobody is signed in, or the service no longer accepts the sign-in.
 *
 * @example
 * ```ts
 * try {
 *   await manager.getToken();
 * } catch (error) {
 *   if (!needsSignIn(error)) throw error;
 *   await manager.signIn({ onUserCode: ({ verificationUri, userCode }) => console.log(verificationUri, userCode) });
 * }
 * ```
 */
export function needsSignIn(error: unknown): error is TokenFlowError {
  return isTokenFlowError(error, "session.signed_out") || isTokenFlowError(error, "session.revoked");
}

/** An adapter's failure as an error that can be shown: a foreign one may hold anything. */
export function asStoreError(error: unknown): TokenFlowError {
  return isTokenFlowError(error) ? error : new TokenFlowError("store.unavailable", "The store failed");
}
