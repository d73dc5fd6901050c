import type { ErrorCode, SessionState } from "@tokenflow/core";
import type { SetupLine } from "./setup-lines.ts";

/**
 * The answer of `GET /api/status`, and the first event of `GET /api/events`. Plain data without secrets:
 * no token, no grant, no key, no body. Moments end in `At` and are milliseconds since 1970 on the proxy's
 * clock, durations are milliseconds; what is not known is absent.
 */
export interface ProxyStatus {
  readonly version: string;
  /** Where it listens: `http://127.0.0.1:4141`. */
  readonly url: string;
  readonly startedAt: number;
  /** The proxy's clock at this answer, for countdowns on a machine whose clock differs. */
  readonly now: number;
  /** It finishes what is under way and takes nothing new. */
  readonly closing: boolean;
  /** Whether callers need a key. */
  readonly requiresKey: boolean;
  readonly sessions: readonly SessionView[];
  readonly queue: QueueView;
  /** Those under way, and the last hundred that ended; the oldest first. */
  readonly requests: readonly RequestView[];
  /** The last hour, the oldest minute first; minutes without a request are absent. */
  readonly minutes: readonly MinuteView[];
  readonly setup: readonly SetupLine[];
}

export interface SessionView {
  /** `copilot/default`: names it in events. */
  readonly id: string;
  readonly provider: string;
  readonly account: string;
  /** The service for people: `GitHub Copilot`. */
  readonly name: string;
  /** Who the service says signed in. */
  readonly login?: string | undefined;
  readonly state: SessionState;
  /** The state in words: `Signed in as octocat`. */
  readonly text: string;
  /** False where the environment gives the session: nobody can sign in or out. */
  readonly changeable: boolean;
  readonly issuedAt?: number | undefined;
  /** When the token is refreshed. */
  readonly dueAt?: number | undefined;
  /** When it really ends. */
  readonly expiresAt?: number | undefined;
  /** Until when the upstream wants no request, because it answered 429. */
  readonly pausedUntilAt?: number | undefined;
  /** The last failure that still binds. */
  readonly failure?:
    | {
        readonly code: ErrorCode;
        readonly message: string;
        readonly hint?: string | undefined;
        readonly retryAt?: number | undefined;
      }
    | undefined;
  /** A sign-in that waits for a person. */
  readonly signIn?: SignInView | undefined;
  readonly usage?: UsageView | undefined;
}

export interface SignInView {
  readonly userCode: string;
  readonly verificationUri: string;
  /** The same with the code in it, for a QR code. */
  readonly verificationUriComplete?: string | undefined;
  readonly expiresAt: number;
}

/** What the service says is used up: asked for at most every five minutes, and only while somebody looks. */
export interface UsageView {
  readonly askedAt: number;
  readonly plan?: string | undefined;
  /** When the quotas start anew. */
  readonly resetsAt?: number | undefined;
  readonly quotas: readonly {
    readonly name: string;
    /** What there was at the beginning; absent where that is not told, as of a balance. */
    readonly limit?: number | undefined;
    /** Absent where unlimited. */
    readonly remaining?: number | undefined;
    readonly unit?: string | undefined;
  }[];
}

export interface QueueView {
  /** Requests that are being answered. */
  readonly running: number;
  readonly waiting: number;
  /** Absent where there is no limit. */
  readonly concurrency?: number | undefined;
}

export interface RequestView {
  /** As in the log. */
  readonly id: string;
  readonly method: string;
  /** Without the provider's prefix: `/v1/chat/completions`. */
  readonly route: string;
  /** The session that answers: `copilot/default`. */
  readonly session?: string | undefined;
  readonly model?: string | undefined;
  /** The name of the caller's key. */
  readonly key?: string | undefined;
  readonly phase: "queued" | "waiting" | "answering" | "ended";
  readonly startedAt: number;
  readonly status?: number | undefined;
  /** From the request's head to the first byte of the answer. */
  readonly timeToFirstByte?: number | undefined;
  /** Until now, or to the end of the answer. */
  readonly duration: number;
  /** Of the answer, as it went over the wire. */
  readonly bytes: number;
  /** `finished` is a whole answer, `left` a caller who did not wait for it, `cut` an upstream that broke off. */
  readonly outcome?: "finished" | "left" | "cut" | undefined;
  /** The dotted code of an error of ours. */
  readonly code?: string | undefined;
}

/** The requests that ended in one minute. */
export interface MinuteView {
  /** Its beginning. */
  readonly at: number;
  readonly requests: number;
  /** Answers of 400 and above, and those that were cut. */
  readonly errors: number;
  readonly bytes: number;
  /** Time to first byte: the middle one, and the one that 19 of 20 are faster than. Absent without an answer. */
  readonly p50?: number | undefined;
  readonly p95?: number | undefined;
}

/**
 * The events of `GET /api/events`, each the name and the JSON of its data. The first is `status`; a comment
 * every 15 s keeps the connection. There is nothing to resume: who comes back gets the status again.
 */
export interface MonitorEvents {
  readonly status: ProxyStatus;
  /** One session is different now. */
  readonly session: SessionView;
  /** One request began, was answered, ended; and once a second how far it is. */
  readonly request: RequestView;
  /** The minute that runs, at most once a second: it takes the place of the one with the same `at`. */
  readonly minute: MinuteView;
  readonly queue: QueueView;
}
