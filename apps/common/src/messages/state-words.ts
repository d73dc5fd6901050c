import type { SessionState, SessionStatus } from "@tokenflow/core";

interface StateText {
  /** Fits a column of a table. */
  readonly short: string;
  /** Fits a sentence about the session. Absent for the states in which somebody is signed in. */
  readonly long?: string;
}

const TEXTS: Readonly<Record<SessionState, StateText>> = {
  valid: { short: "valid" },
  due: { short: "due" },
  expired: { short: "refreshes on next use" },
  refreshing: { short: "refreshing" },
  pending: { short: "waiting for you", long: "waiting for approval" },
  signed_out: { short: "signed out", long: "not signed in" },
  revoked: { short: "revoked", long: "no longer accepted" },
  unavailable: { short: "cannot be read", long: "unavailable" },
};

/** Returns a session's state for a column of a table: `due, unsaved`, or `valid, direct` for a token that is long-lived. */
export function stateWords({
  state,
  renewable,
  interrupted,
  unsaved,
  failure,
  details,
}: SessionStatus): string {
  if (renewable === false && (state === "due" || state === "valid")) return "valid, no refresh";
  if (renewable === false && state === "expired") return "expired, no refresh";
  const isStoreUnavailable = state === "unavailable" && failure?.code === "store.unavailable";
  return [
    isStoreUnavailable ? "store unavailable" : TEXTS[state].short,
    ...(details?.["mode"] === "direct" ? ["direct"] : []),
    ...(interrupted ? ["interrupted"] : []),
    ...(unsaved ? ["unsaved"] : []),
  ].join(", ");
}

/** Returns a session's state for a sentence, without its times: `signed in as octocat`. */
export function sessionWords({ state, login, origin, failure }: SessionStatus): string {
  const { long } = TEXTS[state];
  if (state === "unavailable") return `${long}: ${failure?.message ?? "the store cannot be reached"}`;
  if (long !== undefined) return long;
  return origin === "environment" ? "given by the environment" : `signed in${login ? ` as ${login}` : ""}`;
}
