import type { ErrorCode } from "@tokenflow/core";

/** The exit codes of both programs. The README lists them for scripts. */
export const EXIT = {
  done: 0,
  unexpected: 1,
  usage: 2,
  signedOut: 3,
  waiting: 4,
  denied: 5,
  refused: 6,
  unavailable: 7,
  store: 8,
  interrupted: 130,
  terminated: 143,
} as const;

/** Returns the exit code for an error. */
export function exitCodeOf(code: ErrorCode): number {
  return EXIT_OF_ERROR[code];
}

/** Exhaustive: a new error code does not compile without an exit code. */
const EXIT_OF_ERROR = {
  "device.denied": EXIT.denied,
  "device.expired": EXIT.denied,
  "device.unknown": EXIT.denied,
  "session.signed_out": EXIT.signedOut,
  "session.revoked": EXIT.signedOut,
  "provider.unavailable": EXIT.unavailable,
  "provider.rate_limited": EXIT.unavailable,
  "provider.no_entitlement": EXIT.refused,
  "provider.client_not_allowed": EXIT.refused,
  "provider.forbidden": EXIT.refused,
  // Something between us and the service answered, or the service has a failure.
  "provider.malformed": EXIT.unavailable,
  // Wrong settings, which only the caller can correct.
  "provider.misconfigured": EXIT.usage,
  "token.rejected": EXIT.refused,
  "manager.closed": EXIT.unexpected,
  "store.unavailable": EXIT.store,
  "store.locked": EXIT.store,
  "store.corrupt": EXIT.store,
  "store.key_missing": EXIT.store,
  "store.newer": EXIT.store,
  "store.insecure": EXIT.store,
} satisfies Record<ErrorCode, number>;
