/**
 * The codes of all errors, grouped by who must act. The union is closed, so a `switch` over it can be exhaustive:
 * then a new code fails the build in every place that has to handle it.
 */
export type ErrorCode =
  /** The person denied the sign-in. */
  | "device.denied"
  /** Nobody approved the sign-in in time. */
  | "device.expired"
  /** The service does not know the code, or no longer. Perhaps its only answer was lost on the way. */
  | "device.unknown"
  /** Nobody is signed in. */
  | "session.signed_out"
  /** The session's token has expired, and the service refuses its grant. */
  | "session.revoked"
  /** The service could not be reached, or it reported a failure of its own. */
  | "provider.unavailable"
  /** The service asks to wait: for `retryAfter` milliseconds, if it named a time. */
  | "provider.rate_limited"
  /** The person is signed in, but has no plan, seat or credits for this. */
  | "provider.no_entitlement"
  /** The service does not allow this to the app that the person consented to, or to this client. */
  | "provider.client_not_allowed"
  /** The service refuses this person for another reason: a blocked account, or a rule of an organization. */
  | "provider.forbidden"
  /** The service's answer does not follow its protocol. */
  | "provider.malformed"
  /** The settings cannot work: a wrong client id, plain http, or a flow that the service does not offer. */
  | "provider.misconfigured"
  /** The API rejects even new tokens. */
  | "token.rejected"
  /** The manager was closed. */
  | "manager.closed"
  /** The store could not be reached, read or written. */
  | "store.unavailable"
  /** Another process has the session locked, or the keychain is locked. */
  | "store.locked"
  /** The stored session cannot be read. It is not deleted. */
  | "store.corrupt"
  /** The stored session is encrypted, and the key is missing or a different one. */
  | "store.key_missing"
  /** The stored session was written by a newer version of TokenFlow. */
  | "store.newer"
  /** Other users of the machine could have read the stored session. */
  | "store.insecure";

export interface TokenFlowErrorOptions {
  /** One sentence that tells the person what to do. @example "Sign in again." */
  readonly hint?: string | undefined;
  /** The HTTP status of the answer. @example 403 */
  readonly status?: number | undefined;
  /** How long the service asks to wait, in milliseconds. @example 60_000 */
  readonly retryAfter?: number | undefined;
  /**
   * True if the grant in this request was certainly not redeemed: the request was never sent, or the server
   * made it clear. Absent if nobody can know.
   * @example true
   */
  readonly grantUnused?: boolean | undefined;
  /** The service's own error code. Never a secret. @example "invalid_scope" */
  readonly reason?: string | undefined;
}

/**
 * The only error class of this library. Its message and its properties, hidden ones included, never hold a token,
 * grant, device code or client secret. That is why it has no `cause`.
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

/**
 * Narrows to a {@link TokenFlowError}, and to one with `code` if it is given. It also works for errors of another
 * copy of this package.
 *
 * @example
 * ```ts
 * if (isTokenFlowError(error, "provider.rate_limited")) await sleep(error.retryAfter ?? 60_000);
 * ```
 */
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

/** Replaces an error of another library, which may hold a secret, by one that can be shown. */
export function asStoreError(error: unknown): TokenFlowError {
  return isTokenFlowError(error) ? error : new TokenFlowError("store.unavailable", "The store failed");
}
