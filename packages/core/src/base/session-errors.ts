import { TokenFlowError } from "./errors.ts";

/** The service that an error is about. */
interface Named {
  readonly name: string;
}

export function signedOutError({ name }: Named): TokenFlowError {
  return new TokenFlowError("session.signed_out", `Not signed in to ${name}`, { hint: "Sign in." });
}

/** @param message what was said when the service refused the grant */
export function revokedError({ name }: Named, reason?: string, message?: string): TokenFlowError {
  return new TokenFlowError("session.revoked", message ?? `${name} no longer accepts this sign-in`, {
    hint: "Sign in again.",
    reason,
  });
}

export function notRenewableError({ name }: Named): TokenFlowError {
  return new TokenFlowError(
    "provider.misconfigured",
    `${name} issued no refresh token, so the token cannot be refreshed. It is still valid`,
    { hint: "Use it until its end. A new sign-in brings a new one.", grantUnused: true },
  );
}

export function closedError({ name }: Named): TokenFlowError {
  return new TokenFlowError("manager.closed", `The manager of ${name} was closed`, {
    hint: "Create a new manager, or close this one later.",
  });
}

export function rejectedAgainError({ name }: Named, retryAfter: number): TokenFlowError {
  return new TokenFlowError("token.rejected", `${name} refuses fresh tokens too`, {
    hint: "Check that this account may use the service; signing in again may help.",
    retryAfter,
  });
}

export function interruptedError({ name }: Named): TokenFlowError {
  return new TokenFlowError(
    "provider.unavailable",
    `A redemption at ${name} was interrupted, and a second one could end the session while its token lives`,
    { hint: "Use the current token. The grant is sent again when that token has expired." },
  );
}
