import type { Context } from "../refresh/session-state.ts";
import { TokenFlowError } from "./errors.ts";

export function signedOutError({ provider }: Context): TokenFlowError {
  return new TokenFlowError("session.signed_out", `Not signed in to ${provider.name}`, { hint: "Sign in." });
}

export function revokedError({ provider }: Context, reason: string | undefined): TokenFlowError {
  return new TokenFlowError("session.revoked", `${provider.name} no longer accepts this sign-in`, {
    hint: "Sign in again.",
    reason,
  });
}

export function rejectedAgainError({ provider }: Context, retryAfter: number): TokenFlowError {
  return new TokenFlowError("token.rejected", `${provider.name} refuses fresh tokens too`, {
    hint: "Check that this account may use the service; signing in again may help.",
    retryAfter,
  });
}

export function interruptedError({ provider }: Context): TokenFlowError {
  return new TokenFlowError(
    "provider.unavailable",
    `A redemption at ${provider.name} was interrupted, and a second one could end the session while its token lives`,
    { hint: "Use the token at hand; the grant is sent again when it has run out." },
  );
}
