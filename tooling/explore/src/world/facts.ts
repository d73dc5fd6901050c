import type { TokenFlowEvent } from "@tokenflow/core";
import type { SimulatedProcess } from "../schedule/contracts.ts";
import type { StoredSession } from "./stored-session.ts";

/** Something that happened in a step. */
export type Fact = { readonly by: ProcessState } & (
  | { readonly what: "call"; readonly call: string }
  /** A grant is about to be sent. */
  | { readonly what: "sending"; readonly sinceFailure: number }
  | {
      readonly what: "sent";
      readonly grant: string;
      /** `spent`: the service revokes the session for it, if it is strict. */
      readonly outcome: "redeemed" | "forgiven" | "spent";
      /** True if this process had not rejected the stored token, and it lives. */
      readonly whileTokenLives: boolean;
      /** True if the request took some time to come to the service. */
      readonly wasLate: boolean;
    }
  | {
      readonly what: "written";
      readonly before: StoredSession | undefined;
      readonly after: StoredSession | undefined;
    }
  | { readonly what: "handed"; readonly token: string; readonly wasRejected: boolean }
  | { readonly what: "copied"; readonly grant: string | undefined; readonly hasMark: boolean }
  | { readonly what: "event"; readonly event: TokenFlowEvent }
  | { readonly what: "ended"; readonly operation: string; readonly outcome: string }
);

/** One process, as invariants see it. */
export interface ProcessState extends SimulatedProcess {
  readonly operations: readonly string[];
  /** How many of its operations have not ended. */
  unfinished: number;
  /** Tokens that any thread of it reported as rejected. */
  readonly rejected: Set<string>;
  /** Set when every manager of the process was closed. */
  isClosed: boolean;
  /** The grant of its last redemption, and the key of the manager that sent it. */
  redeemed?: { readonly grant: string; readonly keyId: string | undefined } | undefined;
  /** Calls in the current second. */
  calls: number;
}

/** A request with a grant whose answer has not arrived. */
export interface InFlight {
  readonly by: ProcessState;
  readonly grant: string;
}

/** All that an invariant may look at. It changes nothing. */
export interface WorldState {
  readonly service: "strict" | "forgiving" | "keep";
  readonly lock: "kernel" | "lease";
  /** Milliseconds since the start. */
  readonly now: number;
  readonly processes: readonly ProcessState[];
  /** What happened in the last step. */
  readonly facts: readonly Fact[];
  readonly inFlight: readonly InFlight[];
  /** The process that holds the lock. */
  readonly holder: ProcessState | undefined;
  /** How many incidents there were so far: crashes, failures, stops. */
  readonly incidents: number;
  /** Why the session may be lost: the two exceptions, and an answer that never came. */
  readonly excuse: string | undefined;
  /** True once the store has lost a lock that was held. */
  readonly hasLostLock: boolean;
  stored(): StoredSession | undefined;
  /** Returns the end of a token, in milliseconds since the start. */
  endOf(token: string): number;
  /** Returns true if the service would accept this grant. */
  isLiving(grant: string): boolean;
  /** True if a session was stored, or a person gave consent. */
  readonly wasEverThere: boolean;
  /** Set when nothing more can happen: what the next process is told. */
  readonly afterwards: string | undefined;
}
