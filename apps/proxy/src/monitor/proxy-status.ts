import type { ErrorCode, SessionState } from "@tokenflow/core";
import type { CallDetails } from "../observe/call-details.ts";
import type { SetupLine } from "./setup-lines.ts";

/**
 * The response of `GET /api/status`, and the first event of `GET /api/events`. Plain data without secrets: no token,
 * no grant, no key, no body. Times end in `At` and are milliseconds since 1970 by the proxy's clock; durations are
 * milliseconds. Unknown values are absent.
 */
export interface ProxyStatus {
  readonly version: string;
  /** The URL that the proxy listens on: `http://127.0.0.1:4141`. */
  readonly url: string;
  readonly startedAt: number;
  /** The proxy's clock at this response, for countdowns on a machine whose clock differs. */
  readonly now: number;
  /** True while the proxy finishes current requests and accepts no new ones. */
  readonly closing: boolean;
  /** True if callers need a key. */
  readonly requiresKey: boolean;
  /** True if `/api/usage` has figures. */
  readonly countsUsage: boolean;
  readonly sessions: readonly SessionView[];
  readonly queue: QueueView;
  /** The current requests and the last 100 that ended, oldest first. */
  readonly requests: readonly RequestView[];
  /** The last hour, oldest minute first, without minutes that had no request. */
  readonly minutes: readonly MinuteView[];
  readonly setup: readonly SetupLine[];
}

export interface SessionView {
  /** The id in events: `copilot/default`. */
  readonly id: string;
  readonly provider: string;
  readonly account: string;
  /** The display name of the service: `GitHub Copilot`. */
  readonly name: string;
  /** The user name, as the service reports it. */
  readonly login?: string | undefined;
  readonly state: SessionState;
  /** The state in words: `Signed in as octocat`. */
  readonly text: string;
  /** False if the session comes from the environment: nobody can sign in or out. */
  readonly changeable: boolean;
  readonly issuedAt?: number | undefined;
  /** When the token is due for a refresh. */
  readonly dueAt?: number | undefined;
  /** When the token expires. */
  readonly expiresAt?: number | undefined;
  /** The end of the pause after a 429 of the upstream. */
  readonly pausedUntilAt?: number | undefined;
  /** The last failure, if it still prevents a refresh. */
  readonly failure?:
    | {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint?: string | undefined;
        readonly retryAt?: number | undefined;
      }
    | undefined;
  /** The sign-in that waits for approval. */
  readonly signIn?: SignInView | undefined;
  readonly usage?: UsageView | undefined;
}

export interface SignInView {
  readonly userCode: string;
  readonly verificationUri: string;
  /** The same with the user code in it, for a QR code. */
  readonly verificationUriComplete?: string | undefined;
  readonly expiresAt: number;
  /** A sentence to read before approving. */
  readonly notice?: string | undefined;
}

/** Usage as the service reports it. Requested at most every five minutes, while a dashboard is open or `/metrics` is read. */
export interface UsageView {
  readonly askedAt: number;
  readonly plan?: string | undefined;
  /** When the quotas are reset. */
  readonly resetsAt?: number | undefined;
  readonly quotas: readonly {
    readonly name: string;
    /** The whole quota; absent if the service does not report it, as for a balance. */
    readonly limit?: number | undefined;
    /** Absent if unlimited. */
    readonly remaining?: number | undefined;
    readonly used?: number | undefined;
    /** The use beyond the quota, if the service tells it. */
    readonly overage?: number | undefined;
    readonly unit?: string | undefined;
  }[];
}

export interface QueueView {
  /** Requests that have a slot. */
  readonly running: number;
  readonly waiting: number;
  /** Absent without a limit. */
  readonly concurrency?: number | undefined;
}

export interface RequestView {
  /** The same id as in the log. */
  readonly id: string;
  readonly method: string;
  /** The path without the provider's prefix: `/v1/chat/completions`. */
  readonly route: string;
  /** The session that serves the request: `copilot/default`. */
  readonly session?: string | undefined;
  readonly model?: string | undefined;
  /** The name of the caller's key. */
  readonly key?: string | undefined;
  readonly phase: "queued" | "waiting" | "answering" | "ended";
  readonly startedAt: number;
  readonly status?: number | undefined;
  /** From the request's headers to the first byte of the response. */
  readonly timeToFirstByte?: number | undefined;
  /** Until now, or to the end of the response. */
  readonly duration: number;
  /** Bytes of the response, as sent over the wire. */
  readonly bytes: number;
  /** `finished` is a complete response, `left` a caller that disconnected, `cut` an upstream that failed midway. */
  readonly outcome?: "finished" | "left" | "cut" | undefined;
  /** The code of an error of the proxy itself. */
  readonly code?: string | undefined;
  /** The facts about an ended model call: tokens, credits, whose turn, what was left out. */
  readonly details?: CallDetails | undefined;
}

/** The requests that ended in one minute. */
export interface MinuteView {
  /** The start of the minute. */
  readonly at: number;
  readonly requests: number;
  /** Responses with a status of 400 or above, and those that were cut. */
  readonly errors: number;
  readonly bytes: number;
  /** The median time to first byte; absent without a response. */
  readonly p50?: number | undefined;
  /** The 95th percentile of the time to first byte; absent without a response. */
  readonly p95?: number | undefined;
}

/**
 * The events of `GET /api/events`, by name. The data of each is JSON. The first event is `status`; a comment every
 * 15 s keeps the connection open. A client that reconnects gets the status again, so there is no event id.
 */
export interface MonitorEvents {
  readonly status: ProxyStatus;
  /** A session changed. */
  readonly session: SessionView;
  /** A request started, got a response, or ended; once per second while its response grows. */
  readonly request: RequestView;
  /** The current minute, at most once per second. Replaces the minute with the same `at`. */
  readonly minute: MinuteView;
  readonly queue: QueueView;
}
