import { type Grant, TokenFlowError, type TokenManagerOptions } from "@tokenflow/core";
import { credentialsFromEnv } from "@tokenflow/core/environment";
import { omitUndefined } from "@tokenflow/core/provider";

/** The stored form of a consent. A refresh token works only at the server that issued it, for the client that asked. */
export interface OAuthGrant {
  /** Absent if the server issued none: the consent then ends with its token. */
  readonly refreshToken?: string | undefined;
  /** The issuer, or the token endpoint if no issuer is known. */
  readonly server?: string | undefined;
  readonly clientId?: string | undefined;
}

/** Wraps a refresh token as a grant, for a sign-in that was made elsewhere. Nothing else may use the token. */
export function createOAuthGrant(refreshToken: string): Grant {
  return formatGrant({ refreshToken });
}

/**
 * Reads `TOKENFLOW_OAUTH_<HOST>_TOKEN`, else `TOKENFLOW_OAUTH_<HOST>_GRANT`, as options of `createTokenManager`. The
 * grant is a refresh token that nothing else uses. Returns `{}` if neither is set.
 * @param providerId `oauth:<host>`
 */
export function oauthCredentialsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
  providerId: string,
): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  return credentialsFromEnv(providerId, env, { createGrant: createOAuthGrant });
}

/** The server and client that a grant belongs to. */
interface Origin {
  readonly server: string;
  readonly clientId: string;
}

/**
 * Returns the refresh token of a grant, for this server and client only.
 * @throws `session.revoked` for consent without one; `provider.misconfigured` for a record of another server or client
 */
export function refreshTokenOf(grant: Grant, own: Origin): string {
  requireOwnGrant(grant, own);
  const { refreshToken } = grant;
  if (typeof refreshToken === "string" && refreshToken !== "") return refreshToken;
  throw new TokenFlowError(
    "session.revoked",
    "The service issued no refresh token, and its token has expired",
    {
      hint: "Sign in again. With offline_access in the scope, if the service supports it, the session lasts longer.",
      grantUnused: true,
    },
  );
}

/** @throws `provider.misconfigured` for a grant of another server or client, whose secret must not be sent here */
export function requireOwnGrant({ server, clientId }: Grant, own: Origin): void {
  if (!mismatch(server, own.server) && !mismatch(clientId, own.clientId)) return;
  throw new TokenFlowError(
    "provider.misconfigured",
    "The stored session belongs to another server or client",
    {
      hint: "Use the issuer and client id of that session, or sign in again.",
      grantUnused: true,
    },
  );
}

export function formatGrant(grant: OAuthGrant): Grant {
  return omitUndefined(grant);
}

function mismatch(stored: unknown, own: string): boolean {
  return stored !== undefined && stored !== own;
}
