import type { ErrorCode } from "./errors.ts";

/** Why a refresh was started. Each cause is throttled separately. */
export type RefreshCause = "absent" | "due" | "expired" | "min_validity" | "forced" | "rejected";

/** The time that each part of a refresh took, in milliseconds, in their order. */
export interface RefreshPhases {
  /** Until the lock was held. */
  readonly lock: number;
  /** Reading the record again, and writing the intent to send its grant. */
  readonly intent: number;
  /** The request that redeems the grant. */
  readonly redeem: number;
  /** Writing what came of it. */
  readonly commit: number;
}

interface EventBase {
  /** The wall-clock moment, in milliseconds since 1970. */
  readonly at: number;
  readonly provider: string;
  readonly account: string;
}

/** A change of a session, as plain data without secrets. Names of moments end in `At`; durations are milliseconds. */
export type TokenFlowEvent = EventBase &
  (
    | {
        readonly type: "signin.started";
        readonly origin: "device";
        readonly userCode: string;
        readonly verificationUri: string;
        readonly expiresAt: number;
      }
    /** The page in the browser is not named: its address has the sign-in's own secret. */
    | { readonly type: "signin.started"; readonly origin: "browser"; readonly expiresAt: number }
    | {
        readonly type: "signin.finished";
        readonly login?: string | undefined;
        readonly duration: number;
      }
    | {
        readonly type: "signin.failed";
        readonly code: ErrorCode;
        readonly message: string;
        readonly duration: number;
      }
    | { readonly type: "session.adopted"; readonly expiresAt?: number | undefined }
    | { readonly type: "session.login_changed"; readonly login: string; readonly previous: string }
    | { readonly type: "session.signed_out" }
    | {
        readonly type: "session.revoked";
        readonly cause: RefreshCause;
        readonly code?: string | undefined;
        readonly phases: RefreshPhases;
      }
    | { readonly type: "session.interrupted"; readonly owner: string; readonly interruptedAt: number }
    | { readonly type: "session.unsaved"; readonly code: ErrorCode; readonly message: string }
    | { readonly type: "session.saved" }
    | { readonly type: "session.dropped"; readonly reason: "replaced" | "signed_out" }
    | {
        readonly type: "token.refreshed";
        readonly cause: RefreshCause;
        readonly duration: number;
        readonly expiresAt?: number | undefined;
        readonly phases: RefreshPhases;
      }
    | { readonly type: "token.rejected" }
    | { readonly type: "grant.rotated" }
    | { readonly type: "refresh.started"; readonly cause: RefreshCause }
    | {
        readonly type: "refresh.failed";
        readonly cause: RefreshCause;
        readonly code: ErrorCode;
        readonly message: string;
        readonly retryIn: number;
        readonly phases: RefreshPhases;
      }
    | { readonly type: "lock.waited"; readonly duration: number }
  );

type WithoutBase<T> = T extends unknown ? Omit<T, keyof EventBase> : never;

/** An event before the time and the session are added. */
export type EventBody = WithoutBase<TokenFlowEvent>;
