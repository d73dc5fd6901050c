import {
  type DeviceCode,
  type Grant,
  type Provider,
  type Session,
  type Token,
  TokenFlowError,
} from "@tokenflow/core";
import {
  type Call,
  type HttpAnswer,
  type PollResult,
  type Redemption,
  readDeviceCode,
  readPollError,
  requireSafeUrl,
  withoutTrailingSlash,
} from "@tokenflow/core/provider";

import { authenticated, type Client } from "./client-authentication.ts";
import { createDirectory } from "./directory.ts";
import type { Server } from "./discovery.ts";
import { formatGrant, refreshTokenOf, requireOwnGrant } from "./grant.ts";
import { oauthError } from "./oauth-error.ts";
import type { OAuthProviderOptions } from "./oauth-provider-options.ts";
import { forms } from "./wire/forms.ts";
import { type Introspection, readIntrospection } from "./wire/introspection.ts";
import { isRefusedGrant, readTokenAnswer } from "./wire/token-answer.ts";

export interface OAuthProvider extends Provider {
  /** What the server says of a token (RFC 7662); most servers tell confidential clients only. */
  introspect(token: Token, call: Call): Promise<Introspection>;
}

/**
 * Any OAuth server with the device flow (RFC 8628). Its id is `oauth:<host>`.
 * @throws `provider.misconfigured` where an address is not one that credentials may be sent to
 */
export function createOAuthProvider(options: OAuthProviderOptions): OAuthProvider {
  const { clientId, clientSecret, clientAuthentication, scope, audience, resource } = options;
  const { grantReplay = "never", tokenLifetime, emptyRefusal = false, upstream } = options;
  const base = options.issuer ?? options.endpoints.token;
  const { host } = requireSafeUrl(base);
  const { name = host } = options;
  const places = Object.values<string | undefined>({ ...options.endpoints });
  for (const url of places) if (url !== undefined) requireSafeUrl(url);
  const client: Client = { id: clientId, secret: clientSecret, authentication: clientAuthentication };
  // Written with its last slash or without, it is the same server.
  const own = { server: withoutTrailingSlash(base), clientId };
  const target = forms.target(audience, resource);
  const directory = createDirectory(options);

  const post = async (
    { http, signal }: Call,
    url: string | undefined,
    form: Readonly<Record<string, string>>,
    { authenticationMethods }: Server,
  ): Promise<HttpAnswer> => {
    if (url === undefined) throw notOffered(name);
    const request = authenticated(client, form, authenticationMethods);
    return directory.watch(http({ method: "POST", url, ...request, signal }));
  };
  const introspect = async (token: Token, call: Call): Promise<Introspection> => {
    const server = await directory.server(call);
    const form = forms.token(token.accessToken, "access_token");
    const answer = await post(call, server.introspection, form, server);
    const seen = readIntrospection(answer);
    if (!seen) throw oauthError(answer, name);
    return seen;
  };

  return {
    id: `oauth:${host}`,
    name,

    async requestDeviceCode(call): Promise<DeviceCode> {
      const server = await directory.server(call);
      const form = { ...forms.deviceCode(scope), ...target };
      const answer = await post(call, server.deviceAuthorization, form, server);
      const code = readDeviceCode(answer);
      if (!code) throw oauthError(answer, name);
      return code;
    },

    async pollDeviceCode({ deviceCode }, call): Promise<PollResult> {
      const server = await directory.server(call);
      const form = { ...forms.poll(deviceCode), ...target };
      const answer = await post(call, server.token, form, server);
      const waiting = readPollError(answer);
      if (waiting) return waiting;
      const { token, refreshToken } = readTokenAnswer(answer, tokenLifetime);
      if (!token && refreshToken === undefined) throw oauthError(answer, name);
      // Without a refresh token the grant says whose it is and no more: it is refused here, unsent, at the token's end.
      return { status: "granted", grant: formatGrant({ ...own, refreshToken }), ...(token ? { token } : {}) };
    },

    async redeem(grant, call): Promise<Redemption> {
      const form = { ...forms.refresh(refreshTokenOf(grant, own)), ...target };
      const server = await directory.server(call);
      const answer = await post(call, server.token, form, server);
      const { token, refreshToken } = readTokenAnswer(answer, tokenLifetime);
      const next = refreshToken === undefined ? {} : { grant: formatGrant({ ...own, refreshToken }) };
      if (token) return { token, ...next };
      // Rotated, but the token cannot be read: the new grant is all that is left of the session.
      if (next.grant) return next;
      const silent = answer.status === 400 && answer.text.trim() === "";
      if (isRefusedGrant(answer) || (emptyRefusal && silent)) throw revoked(name, answer.status);
      throw oauthError(answer, name);
    },

    grantReplay: () => grantReplay,

    async identify({ token }: Session, call): Promise<{ readonly login: string }> {
      if (!token)
        throw new TokenFlowError("session.signed_out", "There is no token that could say whose it is");
      const told = token.details?.["login"];
      const login = typeof told === "string" ? told : (await introspect(token, call)).login;
      if (login !== undefined) return { login };
      throw new TokenFlowError("provider.malformed", `${name} does not say who signed in`);
    },

    /** The grant where there is one, and with it, by RFC 7009 §2.1, its tokens; else the token. */
    async revoke({ grant, token }: Session, call): Promise<void> {
      if (grant) requireOwnGrant(grant, own);
      const form = revocationForm(grant, token);
      if (!form) return;
      const server = await directory.server(call);
      const answer = await post(call, server.revocation, form, server);
      if (answer.status < 200 || answer.status > 299) throw oauthError(answer, name);
    },

    introspect,
    ...(upstream ? { upstream } : {}),
  };
}

function revocationForm(
  grant: Grant | undefined,
  token: Token | undefined,
): ReturnType<typeof forms.token> | undefined {
  const refreshToken = grant?.["refreshToken"];
  if (typeof refreshToken === "string") return forms.token(refreshToken, "refresh_token");
  return token && forms.token(token.accessToken, "access_token");
}

function revoked(name: string, status: number): TokenFlowError {
  const reason = "invalid_grant";
  const hint = "Sign in again.";
  return new TokenFlowError("session.revoked", `${name} no longer accepts this sign-in`, {
    status,
    reason,
    hint,
  });
}

function notOffered(name: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", `${name} offers no such endpoint`, {
    hint: "Give it among the endpoints, if the service has one.",
    grantUnused: true,
  });
}
