import {
  type Call,
  type DeviceCode,
  type Grant,
  type GrantReplay,
  type HttpAnswer,
  type PollResult,
  type Provider,
  type Redemption,
  readPollError,
  requireSafeUrl,
  type Session,
  type Token,
  TokenFlowError,
  type Upstream,
} from "@tokenflow/core";
import { authenticated, type Client, type ClientAuthentication } from "./client-authentication.ts";
import { discover, type OAuthEndpoints, type Server } from "./discovery.ts";
import { formatGrant, refreshTokenOf } from "./grant.ts";
import { oauthError } from "./oauth-error.ts";
import {
  type Introspection,
  isRefusedGrant,
  isSuccess,
  readDeviceCode,
  readIntrospection,
  readTokenAnswer,
  wire,
} from "./wire.ts";

interface CommonOptions {
  readonly clientId: string;
  /** Without one the client is a public one. */
  readonly clientSecret?: string | undefined;
  /** @default what the server lists, else `"client_secret_basic"` */
  readonly clientAuthentication?: ClientAuthentication | undefined;
  /** Words with spaces between; many servers give a refresh token only for `offline_access`. */
  readonly scope?: string | undefined;
  /** The API that tokens are for, as Auth0 and its kin are told. */
  readonly audience?: string | undefined;
  /** The API that tokens are for (RFC 8707). */
  readonly resource?: string | undefined;
  /** What people call the service. @default its host */
  readonly name?: string | undefined;
  /** The API that tokens open, for `createFetch` and the proxy. */
  readonly upstream?: Upstream | undefined;
  /** Whether the server forgives a second use of a refresh token. @default "never" */
  readonly grantReplay?: GrantReplay | undefined;
  /**
   * How long tokens last, in milliseconds, by the server's manual: for one that does not say it in its answers.
   * @default what a JWT says of itself, else until the API rejects the token
   */
  readonly tokenLifetime?: number | undefined;
  /**
   * Whether 400 with an empty body is this server's way to refuse a refresh token. Set it only for a server that
   * is known to do so: a proxy's empty 400 would end the session. @default false
   */
  readonly emptyRefusal?: boolean | undefined;
}

/** Either the issuer, which is asked for its endpoints once they are needed, or the endpoints. */
export type OAuthProviderOptions = CommonOptions &
  (
    | {
        readonly issuer: string;
        /** Other origins than the issuer's own that its endpoints may lie on. @default [] */
        readonly origins?: readonly string[] | undefined;
        readonly endpoints?: undefined;
      }
    | {
        readonly endpoints: OAuthEndpoints;
        readonly issuer?: undefined;
        readonly origins?: undefined;
      }
  );

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
  const own = { server: base.replace(/\/$/, ""), clientId };
  const target = wire.targetForm(audience, resource);
  let known: Server | undefined;

  /** Kept once it is known; one that failed is asked for again. */
  const serverOf = async (call: Call): Promise<Server> => {
    if (options.issuer === undefined) return options.endpoints;
    known ??= await discover({ issuer: options.issuer, origins: options.origins ?? [] }, call);
    return known;
  };
  const post = (
    { http, signal }: Call,
    url: string | undefined,
    form: Readonly<Record<string, string>>,
    { authenticationMethods }: Server,
  ): Promise<HttpAnswer> => {
    if (url === undefined) throw notOffered(name);
    return http({ method: "POST", url, ...authenticated(client, form, authenticationMethods), signal });
  };
  const introspect = async (token: Token, call: Call): Promise<Introspection> => {
    const server = await serverOf(call);
    const form = wire.tokenForm(token.accessToken, "access_token");
    const answer = await post(call, server.introspection, form, server);
    const seen = readIntrospection(answer);
    if (!seen) throw oauthError(answer, name);
    return seen;
  };

  return {
    id: `oauth:${host}`,
    name,

    async requestDeviceCode(call): Promise<DeviceCode> {
      const server = await serverOf(call);
      const form = { ...wire.deviceForm(scope), ...target };
      const answer = await post(call, server.deviceAuthorization, form, server);
      const code = readDeviceCode(answer);
      if (!code) throw oauthError(answer, name);
      return code;
    },

    async pollDeviceCode({ deviceCode }, call): Promise<PollResult> {
      const server = await serverOf(call);
      const form = { ...wire.pollForm(deviceCode), ...target };
      const answer = await post(call, server.token, form, server);
      const waiting = readPollError(answer);
      if (waiting) return waiting;
      const { token, refreshToken } = readTokenAnswer(answer, tokenLifetime);
      if (!token && refreshToken === undefined) throw oauthError(answer, name);
      // Without a refresh token the grant says whose it is and no more: it is refused here, unsent, at the token's end.
      return { status: "granted", grant: formatGrant({ ...own, refreshToken }), ...(token ? { token } : {}) };
    },

    async redeem(grant, call): Promise<Redemption> {
      const form = { ...wire.refreshForm(refreshTokenOf(grant, own)), ...target };
      const server = await serverOf(call);
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
      const form = revocationForm(grant, token);
      if (!form) return;
      const server = await serverOf(call);
      const answer = await post(call, server.revocation, form, server);
      if (!isSuccess(answer.status)) throw oauthError(answer, name);
    },

    introspect,
    ...(upstream ? { upstream } : {}),
  };
}

function revocationForm(
  grant: Grant | undefined,
  token: Token | undefined,
): ReturnType<typeof wire.tokenForm> | undefined {
  const refreshToken = grant?.["refreshToken"];
  if (typeof refreshToken === "string") return wire.tokenForm(refreshToken, "refresh_token");
  return token && wire.tokenForm(token.accessToken, "access_token");
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
    unspent: true,
  });
}
