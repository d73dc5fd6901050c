import type { SessionStatus } from "@tokenflow/core";

/** Describes the state of a session, without times. */
export function sessionWords({ state, login, origin, failure }: SessionStatus): string {
  switch (state) {
    case "signed_out":
      return "not signed in";
    case "revoked":
      return "no longer accepted";
    case "pending":
      return "waiting for approval";
    case "unavailable":
      return `unavailable: ${failure?.message ?? "the store cannot be reached"}`;
    case "valid":
    case "due":
    case "expired":
    case "refreshing":
      return origin === "environment"
        ? "given by the environment"
        : `signed in${login ? ` as ${login}` : ""}`;
  }
}
