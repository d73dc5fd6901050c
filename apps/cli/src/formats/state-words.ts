import type { SessionState, SessionStatus } from "@tokenflow/core";

const WORDS = {
  valid: "valid",
  due: "due",
  expired: "renews on next use",
  refreshing: "refreshing",
  pending: "waiting for you",
  signed_out: "signed out",
  revoked: "revoked",
  unavailable: "cannot be read",
} as const satisfies Record<SessionState, string>;

/** A session's state as people read it. */
export function stateWords({ state, interrupted, unsaved, failure }: SessionStatus): string {
  const away = state === "unavailable" && failure?.code === "store.unavailable";
  return [
    away ? "store away" : WORDS[state],
    ...(interrupted ? ["interrupted"] : []),
    ...(unsaved ? ["unsaved"] : []),
  ].join(", ");
}
