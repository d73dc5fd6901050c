import { type Grant, TokenFlowError, type TokenManagerOptions } from "@tokenflow/core";
import { credentialsFromEnv } from "@tokenflow/core/environment";
import { omitUndefined } from "@tokenflow/core/provider";
import { type ClientAuthentication, isMethod } from "./server/client-authentication.ts";

/** The stored form of a consent. A refresh token works only at the server that issued it, for the client that asked. */
export interface OAuthGrant {
  /** Absent if the server issued none: the consent then ends with its token. */
  readonly refreshToken?: string | undefined;
  /** The issuer, or the token endpoint if no issuer is known. */
  readonly server?: string | undefined;
  readonly clientId?: string | undefined;
  /** The client's secret, if it is to be kept with the session. */
  readonly clientSecret?: string | undefined;
  /** How the client authenticated, if the server did not take the first method. */
  readonly clientAuthentication?: ClientAuthentication | undefined;
}

/** Wraps a refresh token as a grant, for a sign-in that was made elsewhere. Nothing else may use the token. */
export function createOAuthGrant(refreshToken: string): Grant {
  return formatGrant({ refreshToken });
}

/**
 * Reads `TOKENFLOW_OAUTH_<HOST>_TOKEN`, else `TOKENFLOW_OAUTH_<HOST>_GRANT`, as options of `createTokenManager`. The
 * grant is a refresh token that nothing else uses. Returns `{}` if neither is set.
 * @param providerId `oauth:<host>`, or the provider's own id
 */
export function oauthCredentialsFromEnv(
  env: Readonly<Record<string, string | undefined>>,
  providerId: string,
): Pick<TokenManagerOptions, "staticToken" | "grant"> {
  return credentialsFromEnv(providerId, env, { createGrant: createOAuthGrant });
}

/** The server and client that a grant belongs to. */
export interface Origin {
  readonly server: string;
  readonly clientId: string;
}

/**
 * Reads a grant, for this server and client only.
 * @throws `provider.misconfigured` for a grant of another server or client, whose secrets must not be sent here
 */
export function readGrant(grant: Grant, own: Origin): OAuthGrant {
  const { server, clientId, refreshToken, clientSecret, clientAuthentication: method } = grant;
  if (mismatch(server, own.server) || mismatch(clientId, own.clientId)) {
    throw new TokenFlowError(
      "provider.misconfigured",
      "The stored session belongs to another server or client",
      {
        hint: "Use the `issuer` and `clientId` of that session, or sign in again.",
        grantUnused: true,
      },
    );
  }
  return omitUndefined({
    ...own,
    refreshToken: text(refreshToken),
    clientSecret: text(clientSecret),
    clientAuthentication: isMethod(method) ? method : undefined,
  });
}

/** Returns `true` if a grant has a refresh token. */
export function isRenewable({ refreshToken }: Grant): boolean {
  return text(refreshToken) !== undefined;
}

/** @throws `session.revoked` for consent without a refresh token: its token was the last one */
export function requireRefreshToken({ refreshToken }: OAuthGrant): string {
  if (refreshToken !== undefined) return refreshToken;
  throw new TokenFlowError(
    "session.revoked",
    "The service issued no refresh token, and its token is no longer valid",
    {
      hint: "Sign in again. With offline_access in `scope`, if the service supports it, the session lasts longer.",
      grantUnused: true,
    },
  );
}

export function formatGrant(grant: OAuthGrant): Grant {
  return omitUndefined(grant);
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function mismatch(stored: unknown, own: string): boolean {
  return stored !== undefined && stored !== own;
}
