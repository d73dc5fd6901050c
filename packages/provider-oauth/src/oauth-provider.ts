import { type DeviceCode, type Provider, type Session, type Token, TokenFlowError } from "@tokenflow/core";
import {
  type AuthorizationGrant,
  type Call,
  type HttpAnswer,
  type PollResult,
  type Redemption,
  readPollError,
  requireSafeUrl,
  withoutTrailingSlash,
} from "@tokenflow/core/provider";
import { formatGrant, isRenewable, type OAuthGrant, readGrant, requireRefreshToken } from "./grant.ts";
import type { OAuthProviderOptions } from "./oauth-provider-options.ts";
import { createAuthorize } from "./requests/authorization.ts";
import { createDeviceCodes } from "./requests/device-codes.ts";
import { codeError, oauthError, pollError, redemptionError, tokenError } from "./requests/oauth-error.ts";
import { createRequester } from "./requests/requester.ts";
import type { ClientAuthentication } from "./server/client-authentication.ts";
import { createEndpointCache } from "./server/endpoint-cache.ts";
import { forms } from "./wire/forms.ts";
import { type Introspection, readIntrospection } from "./wire/introspection.ts";
import { readTokenAnswer } from "./wire/token-answer.ts";
import { extraParameters } from "./wire/wire-format.ts";

export interface OAuthProvider extends Provider {
  /** Asks the server about a token (RFC 7662). Most servers answer only confidential clients. */
  introspect(token: Token, call: Call): Promise<Introspection>;
}

/**
 * Creates a provider for an OAuth server with the device flow (RFC 8628), or a sign-in in the browser. Its id is `oauth:<host>`, or `id`.
 * @throws `provider.misconfigured` if credentials may not be sent to an address
 * @example
 * const provider = createOAuthProvider({ issuer: "https://login.example.org", clientId: "my-app" });
 */
export function createOAuthProvider(options: OAuthProviderOptions): OAuthProvider {
  const { clientId, clientSecret, clientAuthentication, keepClientSecret = false } = options;
  const { audience, resource, parameters = {}, refreshScope, wireFormat = {}, upstream } = options;
  const { grantReplay = "never", tokenLifetime, keepIdToken = false } = options;
  const { emptyRefusal = false, refusals = [] } = options;
  const base = options.issuer ?? options.endpoints.token;
  const { host } = requireSafeUrl(base);
  const { id = `oauth:${host}`, name = host } = options;
  requireId(id);
  const addresses = Object.values({ ...options.endpoints });
  for (const url of addresses) if (url !== undefined) requireSafeUrl(url);
  // With or without a trailing slash it is the same server.
  const own = { server: withoutTrailingSlash(base), clientId };
  const refused = Object.fromEntries(refusals.map((word) => [word.toLowerCase(), "invalid_grant"]));
  const words = { ...wireFormat.words, ...refused };
  const cache = createEndpointCache(options);
  const send = createRequester({ name, cache, wireFormat, words });
  const target = { ...parameters, ...forms.target(audience, resource) };
  const deviceCodes = createDeviceCodes(options, { name, target, send });
  const reading = { tokenLifetime, keepIdToken };
  const hasNoRevocation = options.issuer === undefined && options.endpoints.revocation === undefined;
  const kept = keepClientSecret ? { clientSecret } : {};
  const hasAuthorization = options.issuer !== undefined || options.endpoints.authorization !== undefined;

  /** Reads the success that ends a sign-in. */
  const readGranted = (
    answer: HttpAnswer,
    hadProof: boolean,
    authentication?: ClientAuthentication,
  ): AuthorizationGrant => {
    const wrong = tokenError(answer, name);
    if (wrong) throw wrong;
    const { token, refreshToken } = readTokenAnswer(answer, reading);
    if (!token && refreshToken === undefined) throw codeError(answer, name, hadProof);
    // Without a refresh token the grant brings no other token. At the token's end it is refused here, without a request.
    const grant = formatGrant({ ...own, ...kept, clientAuthentication: authentication, refreshToken });
    return { grant, ...(token ? { token } : {}) };
  };

  /** Sends what an existing session needs. Its grant remembers how the client authenticates. */
  const sendFor = (
    grant: OAuthGrant,
    endpoint: "token" | "revocation" | "introspection",
    form: Readonly<Record<string, string>>,
    call: Call,
  ): ReturnType<typeof send> => {
    const client = { id: clientId, secret: clientSecret ?? grant.clientSecret };
    const authentication = clientAuthentication ?? grant.clientAuthentication;
    const secrets = [form["refresh_token"], form["token"]];
    return send({ endpoint, form, client, authentication, secrets }, call);
  };

  const introspect = async (token: Token, call: Call, grant: OAuthGrant = {}): Promise<Introspection> => {
    const form = forms.token(token.accessToken, "access_token");
    const { answer } = await sendFor(grant, "introspection", form, call);
    const seen = readIntrospection(answer);
    if (!seen) throw oauthError(answer, name);
    return seen;
  };

  return {
    id,
    name,
    client: `${own.server} ${clientId}`,
    requestDeviceCode: deviceCodes.request,

    async pollDeviceCode(code: DeviceCode, call): Promise<PollResult> {
      const polled = await deviceCodes.poll(code, call);
      const { answer, authentication, isRefusedMethod, hadProof } = polled;
      // The code was not used: the next poll authenticates in the other way.
      if (isRefusedMethod) return { status: "pending" };
      const named = pollError(answer, polled);
      if (named) throw named;
      const waiting = readPollError(answer);
      if (waiting) return waiting;
      return { status: "granted", ...readGranted(answer, hadProof, authentication) };
    },

    ...(hasAuthorization
      ? {
          authorize: createAuthorize(options, {
            name,
            target,
            cache,
            send,
            granted: (answer, authentication) => readGranted(answer, true, authentication),
          }),
        }
      : {}),

    async redeem(held, call): Promise<Redemption> {
      const grant = readGrant(held, own);
      const form = {
        ...target,
        ...extraParameters(wireFormat, "refresh", { client_id: clientId, client_secret: clientSecret }),
        ...forms.refresh(requireRefreshToken(grant), refreshScope),
      };
      const { answer } = await sendFor(grant, "token", form, call);
      const wrong = tokenError(answer, name);
      const { token, refreshToken } = readTokenAnswer(answer, reading);
      const next =
        refreshToken === undefined ? {} : { grant: formatGrant({ ...grant, ...kept, refreshToken }) };
      if (token && !wrong) return { token, ...next };
      // The token cannot be used, but the grant was rotated: only the new grant is still valid.
      if (next.grant) return { ...next, failure: wrong };
      throw wrong ?? redemptionError(answer, name, emptyRefusal);
    },

    grantReplay: () => grantReplay,
    isRenewable,

    async identify({ token, grant }: Session, call): Promise<{ readonly login: string }> {
      if (!token)
        throw new TokenFlowError("session.signed_out", "No access token available to look up the user");
      const told = token.details?.["login"];
      const held = grant && readGrant(grant, own);
      const login = typeof told === "string" ? told : (await introspect(token, call, held)).login;
      if (login !== undefined) return { login };
      throw new TokenFlowError("provider.malformed", `${name} does not name the person who signed in`);
    },

    /** Revokes the grant, and with it, by RFC 7009 §2.1, its tokens. Without a grant it revokes the token. */
    ...(hasNoRevocation
      ? {}
      : {
          async revoke({ grant, token }: Session, call: Call) {
            const held = grant ? readGrant(grant, own) : {};
            const form = revocationForm(held, token);
            const { revocation } = await cache.server(call, "revocation");
            if (!form || revocation === undefined) return "not_offered";
            const { answer } = await sendFor(held, "revocation", form, call);
            if (answer.status < 200 || answer.status > 299) throw oauthError(answer, name);
            return undefined;
          },
        }),

    introspect: (token, call) => introspect(token, call),
    ...(upstream ? { upstream } : {}),
  };
}

function revocationForm(
  { refreshToken }: OAuthGrant,
  token: Token | undefined,
): ReturnType<typeof forms.token> | undefined {
  if (refreshToken !== undefined) return forms.token(refreshToken, "refresh_token");
  return token && forms.token(token.accessToken, "access_token");
}

function requireId(id: string): void {
  if (/^(?:[a-z][a-z0-9-]*|oauth:[^/\s]+)$/.test(id)) return;
  throw new TokenFlowError("provider.misconfigured", `"${id}" cannot name a provider`, {
    hint: "Use small letters, digits and hyphens.",
    grantUnused: true,
  });
}
