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
import { formatGrant, refreshTokenOf, requireOwnGrant } from "./grant.ts";
import { oauthError, pollError, redemptionError } from "./oauth-error.ts";
import type { OAuthProviderOptions } from "./oauth-provider-options.ts";
import { authenticated, type Client } from "./server/client-authentication.ts";
import type { Server } from "./server/discovery.ts";
import { createEndpointCache } from "./server/endpoint-cache.ts";
import { forms } from "./wire/forms.ts";
import { type Introspection, readIntrospection } from "./wire/introspection.ts";
import { toStandardError } from "./wire/service-error.ts";
import { readTokenAnswer } from "./wire/token-answer.ts";

export interface OAuthProvider extends Provider {
  /** Asks the server about a token (RFC 7662). Most servers answer only confidential clients. */
  introspect(token: Token, call: Call): Promise<Introspection>;
}

/**
 * Creates a provider for an OAuth server with the device flow (RFC 8628). Its id is `oauth:<host>`.
 * @throws `provider.misconfigured` if credentials may not be sent to an address
 * @example
 * const provider = createOAuthProvider({ issuer: "https://login.example.org", clientId: "my-app" });
 */
export function createOAuthProvider(options: OAuthProviderOptions): OAuthProvider {
  const { clientId, clientSecret, clientAuthentication, scope, audience, resource } = options;
  const { grantReplay = "never", tokenLifetime, emptyRefusal = false, refusals = [], upstream } = options;
  const base = options.issuer ?? options.endpoints.token;
  const { host } = requireSafeUrl(base);
  const { name = host } = options;
  const addresses = Object.values({ ...options.endpoints });
  for (const url of addresses) if (url !== undefined) requireSafeUrl(url);
  const client: Client = { id: clientId, secret: clientSecret, authentication: clientAuthentication };
  // With or without a trailing slash it is the same server.
  const own = { server: withoutTrailingSlash(base), clientId };
  const words = Object.fromEntries(refusals.map((word) => [word.toLowerCase(), "invalid_grant"]));
  const target = forms.target(audience, resource);
  const cache = createEndpointCache(options);

  const post = async (
    { http, signal }: Call,
    url: string | undefined,
    form: Readonly<Record<string, string>>,
    { authenticationMethods }: Server,
  ): Promise<HttpAnswer> => {
    if (url === undefined) throw notOffered(name);
    const request = authenticated(client, form, authenticationMethods);
    const answer = await cache.watch(http({ method: "POST", url, ...request, signal }));
    return toStandardError(answer, words, [clientSecret ?? "", ...secretsIn(form)]);
  };
  const introspect = async (token: Token, call: Call): Promise<Introspection> => {
    const server = await cache.server(call, "token");
    const form = forms.token(token.accessToken, "access_token");
    const answer = await post(call, server.introspection, form, server);
    const seen = readIntrospection(answer);
    if (!seen) throw oauthError(answer, name);
    return seen;
  };

  return {
    id: `oauth:${host}`,
    name,
    client: `${own.server} ${clientId}`,

    async requestDeviceCode(call): Promise<DeviceCode> {
      const server = await cache.server(call, "deviceAuthorization");
      const form = { ...forms.deviceCode(scope), ...target };
      const answer = await post(call, server.deviceAuthorization, form, server);
      const code = readDeviceCode(answer);
      if (!code) throw oauthError(answer, name);
      return code;
    },

    async pollDeviceCode({ deviceCode }, call): Promise<PollResult> {
      const server = await cache.server(call, "token");
      const form = { ...forms.poll(deviceCode), ...target };
      const answer = await post(call, server.token, form, server);
      const named = pollError(answer);
      if (named) throw named;
      const waiting = readPollError(answer);
      if (waiting) return waiting;
      const { token, refreshToken } = readTokenAnswer(answer, tokenLifetime);
      if (!token && refreshToken === undefined) throw oauthError(answer, name);
      // Without a refresh token the grant holds no secret. At the token's end it is refused here, without a request.
      return { status: "granted", grant: formatGrant({ ...own, refreshToken }), ...(token ? { token } : {}) };
    },

    async redeem(grant, call): Promise<Redemption> {
      const form = { ...forms.refresh(refreshTokenOf(grant, own)), ...target };
      const server = await cache.server(call, "token");
      const answer = await post(call, server.token, form, server);
      const { token, refreshToken } = readTokenAnswer(answer, tokenLifetime);
      const next = refreshToken === undefined ? {} : { grant: formatGrant({ ...own, refreshToken }) };
      if (token) return { token, ...next };
      // The token cannot be read, but the grant was rotated: only the new grant is still valid.
      if (next.grant) return next;
      throw redemptionError(answer, name, emptyRefusal);
    },

    grantReplay: () => grantReplay,

    async identify({ token }: Session, call): Promise<{ readonly login: string }> {
      if (!token)
        throw new TokenFlowError("session.signed_out", "No access token available to look up the user");
      const told = token.details?.["login"];
      const login = typeof told === "string" ? told : (await introspect(token, call)).login;
      if (login !== undefined) return { login };
      throw new TokenFlowError("provider.malformed", `${name} does not name the person who signed in`);
    },

    /** Revokes the grant, and with it, by RFC 7009 §2.1, its tokens. Without a grant it revokes the token. */
    async revoke({ grant, token }: Session, call): Promise<void> {
      if (grant) requireOwnGrant(grant, own);
      const form = revocationForm(grant, token);
      if (!form) return;
      const server = await cache.server(call, "revocation");
      const answer = await post(call, server.revocation, form, server);
      if (answer.status < 200 || answer.status > 299) throw oauthError(answer, name);
    },

    introspect,
    ...(upstream ? { upstream } : {}),
  };
}

/** Returns the values of a form that no message may show. */
function secretsIn(form: Readonly<Record<string, string>>): readonly string[] {
  return [form["device_code"], form["refresh_token"], form["token"]].filter((value) => value !== undefined);
}

function revocationForm(
  grant: Grant | undefined,
  token: Token | undefined,
): ReturnType<typeof forms.token> | undefined {
  const refreshToken = grant?.["refreshToken"];
  if (typeof refreshToken === "string") return forms.token(refreshToken, "refresh_token");
  return token && forms.token(token.accessToken, "access_token");
}

function notOffered(name: string): TokenFlowError {
  return new TokenFlowError("provider.misconfigured", `${name} has no endpoint for this request`, {
    hint: "Set it in `endpoints`, if the service has one.",
    grantUnused: true,
  });
}
