import { type Grant, TokenFlowError, type TokenManagerOptions } from "@tokenflow/core";
import { credentialsFromEnv } from "@tokenflow/core/environment";
import { omitUndefined } from "@tokenflow/core/provider";

/** What consent is kept as. A refresh token is good at the server that gave it, for the client that asked. */
export interface OAuthGrant {
  /** Absent where the server gave none: the consent then ends with its token. */
  readonly refreshToken?: string | undefined;
  /** The issuer, or the token endpoint where no issuer is known. */
  readonly server?: string | undefined;
  readonly clientId?: string | undefined;
}

/** Wraps a refresh token as a grant, for a consent that was given elsewhere and is used nowhere else. */
export function createOAuthGrant(refreshToken: string): Grant {
  return formatGrant({ refreshToken });
}

/**
 * What the environment gives for this provider, as options of a token manager: `TOKENFLOW_OAUTH_<HOST>_TOKEN`, else
 * `TOKENFLOW_OAUTH_<HOST>_GRANT`, a refresh token that nobody else uses. Nothing where neither is set. Pure.
 * @param providerId `oauth:<host>`
 */
export function oauthCredentialsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
  providerId: string,
): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  return credentialsFromEnv(providerId, env, { createGrant: createOAuthGrant });
}

/** Whose a grant is. */
interface Origin {
  readonly server: string;
  readonly clientId: string;
}

/**
 * The refresh token in a grant, for this server and client only.
 * @throws `session.revoked` for consent without one; `provider.misconfigured` for a record of another server or client
 */
export function refreshTokenOf(grant: Grant, own: Origin): string {
  requireOwnGrant(grant, own);
  const { refreshToken } = grant;
  if (typeof refreshToken === "string" && refreshToken !== "") return refreshToken;
  throw new TokenFlowError(
    "session.revoked",
    "The service gave no refresh token, and its token has run out",
    {
      hint: "Sign in again; with offline_access in the scope, where the service knows it, that lasts longer.",
      grantUnused: true,
    },
  );
}

/** @throws `provider.misconfigured` for a record of another server or client: its secret is sent to no other */
export function requireOwnGrant({ server, clientId }: Grant, own: Origin): void {
  if (!mismatch(server, own.server) && !mismatch(clientId, own.clientId)) return;
  throw new TokenFlowError("provider.misconfigured", "The stored session is of another server or client", {
    hint: "Use the issuer and client id that it was made with, or sign in again.",
    grantUnused: true,
  });
}

export function formatGrant(grant: OAuthGrant): Grant {
  return omitUndefined(grant);
}

function mismatch(stored: unknown, own: string): boolean {
  return stored !== undefined && stored !== own;
}
