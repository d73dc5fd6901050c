import type { SessionState, SessionStatus } from "@tokenflow/core";

const WORDS = {
  valid: "valid",
  due: "due",
  expired: "refreshes on next use",
  refreshing: "refreshing",
  pending: "waiting for you",
  signed_out: "signed out",
  revoked: "revoked",
  unavailable: "cannot be read",
} as const satisfies Record<SessionState, string>;

/** Describes a session's state in words. */
export function stateWords({ state, interrupted, unsaved, failure }: SessionStatus): string {
  const isStoreUnavailable = state === "unavailable" && failure?.code === "store.unavailable";
  return [
    isStoreUnavailable ? "store unavailable" : WORDS[state],
    ...(interrupted ? ["interrupted"] : []),
    ...(unsaved ? ["unsaved"] : []),
  ].join(", ");
}
