import type { SessionStatus } from "@tokenflow/core";

/** A session's state in words, without its moments. */
export function sessionWords({ state, login, origin, failure }: SessionStatus): string {
  switch (state) {
    case "signed_out":
      return "not signed in";
    case "revoked":
      return "no longer accepted";
    case "pending":
      return "waiting for a person to approve";
    case "unavailable":
      return `not readable: ${failure?.message ?? "the store is away"}`;
    case "valid":
    case "due":
    case "expired":
    case "refreshing":
      return origin === "environment"
        ? "given by the environment"
        : `signed in${login ? ` as ${login}` : ""}`;
  }
}
