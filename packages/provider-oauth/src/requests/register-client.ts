import { type Clock, TokenFlowError } from "@tokenflow/core";
import {
  asNumber,
  asString,
  createHttp,
  type HttpAnswer,
  okJson,
  omitUndefined,
  systemClock,
  withoutTrailingSlash,
} from "@tokenflow/core/provider";
import { type ClientAuthentication, isMethod } from "../server/client-authentication.ts";
import { discover } from "../server/discovery.ts";
import type { OAuthEndpoints } from "../server/endpoints.ts";
import { requireOwnEndpoint } from "../server/issuer.ts";
import { oauthError } from "./oauth-error.ts";

export interface RegisterClientOptions {
  /** The issuer's address. @example "https://login.example.org" */
  readonly issuer: string;
  /** Origins besides the issuer's own that its endpoints may have. @default [] @example ["https://api.example.org"] */
  readonly origins?: readonly string[] | undefined;
  /** Endpoints that the metadata lacks. @default {} @example { registration: "https://login.example.org/register" } */
  readonly endpoints?: Partial<OAuthEndpoints> | undefined;
  /** The name that people see when they approve. @example "Acme CLI" */
  readonly clientName: string;
  /** Scopes that the client may ask for. @default none @example "openid offline_access" */
  readonly scope?: string | undefined;
  /**
   * The address on this machine that the browser returns to, for a client that also signs in by the browser.
   * @default none: the device flow alone
   * @example "http://127.0.0.1:8085/callback"
   */
  readonly redirectUri?: string | undefined;
  /** A token that the server's administrator issued for registrations. @default none @example process.env["INITIAL_TOKEN"] */
  readonly initialAccessToken?: string | undefined;
  /** Sends the requests. @default the platform's `fetch` @example undiciFetch */
  readonly fetch?: typeof fetch | undefined;
  /** Tells the time. @default systemClock @example createFakeClock() */
  readonly clock?: Clock | undefined;
  /** Aborts the registration. @default none @example AbortSignal.timeout(10_000) */
  readonly signal?: AbortSignal | undefined;
}

/** A registered client, as JSON. Store it by its issuer: it holds secrets, and outlives every session. */
export interface RegisteredClient {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientAuthentication: ClientAuthentication;
  readonly clientSecret?: string | undefined;
  /** The end of the secret, in milliseconds since 1970. Absent if it has none. */
  readonly secretExpiresAt?: number | undefined;
  /** The scopes that the server allows it, if it names them. */
  readonly scope?: string | undefined;
  readonly redirectUri?: string | undefined;
  /** With these the client can be read, changed and deleted later (RFC 7592). */
  readonly registrationUri?: string | undefined;
  readonly registrationToken?: string | undefined;
  /** In milliseconds since 1970. */
  readonly registeredAt: number;
}

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

/**
 * Registers a public, native client for the device flow (RFC 7591). A server may make it a confidential one; the
 * answer says so.
 * @throws `provider.misconfigured` if the server registers no clients, or refuses this one; `provider.unavailable`,
 * `provider.rate_limited`, `provider.malformed`
 * @example
 * const client = await registerOAuthClient({ issuer, clientName: "Acme CLI" });
 * const { clientId, clientSecret, clientAuthentication } = client;
 * const provider = createOAuthProvider({ issuer, clientId, clientSecret, clientAuthentication });
 */
export async function registerOAuthClient(options: RegisterClientOptions): Promise<RegisteredClient> {
  const { issuer, origins = [], endpoints = {}, clientName, scope, redirectUri, signal } = options;
  const { fetch, clock = systemClock, initialAccessToken } = options;
  const { host } = new URL(issuer);
  const http = createHttp({ fetch, clock });
  const call = { http, clock, signal };
  const { server } = await discover({ issuer, origins, endpoints, needs: "registration" }, call);
  if (server.registration === undefined) {
    throw new TokenFlowError("provider.misconfigured", `${host} registers no clients by itself`, {
      hint: "Register a client on its pages, and use that client id.",
    });
  }
  const answer = await http({
    method: "POST",
    url: server.registration,
    headers: initialAccessToken === undefined ? {} : { authorization: `Bearer ${initialAccessToken}` },
    json: omitUndefined({
      client_name: clientName,
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: [DEVICE_GRANT, ...(redirectUri ? ["authorization_code"] : []), "refresh_token"],
      response_types: redirectUri ? ["code"] : [],
      // The device flow has none, but some servers refuse a client without one (RFC 8252 §7.3).
      redirect_uris: [redirectUri ?? "http://127.0.0.1/"],
      scope,
    }),
    signal,
  });
  const read = readClient(answer, issuer, clock.now());
  if (!read) throw oauthError(answer, host);
  const client = redirectUri === undefined ? read : { ...read, redirectUri };
  const { registrationUri } = client;
  if (registrationUri === undefined) return client;
  return { ...client, registrationUri: requireOwnEndpoint(registrationUri, { issuer, origins }) };
}

/** Returns `true` if the client's secret has ended, so that it must be registered again. */
export function isClientExpired({ secretExpiresAt }: RegisteredClient, now: number = Date.now()): boolean {
  return secretExpiresAt !== undefined && now >= secretExpiresAt;
}

function readClient(answer: HttpAnswer, issuer: string, now: number): RegisteredClient | undefined {
  const body = okJson(answer);
  const clientId = asString(body["client_id"]);
  if (clientId === undefined) return undefined;
  const clientSecret = asString(body["client_secret"]);
  const method = body["token_endpoint_auth_method"];
  const end = asNumber(body["client_secret_expires_at"]);
  return omitUndefined({
    issuer: withoutTrailingSlash(issuer),
    clientId,
    clientAuthentication: isMethod(method)
      ? method
      : clientSecret === undefined
        ? "none"
        : "client_secret_basic",
    clientSecret,
    secretExpiresAt: clientSecret !== undefined && end !== undefined && end > 0 ? end * 1000 : undefined,
    scope: asString(body["scope"]),
    registrationUri: asString(body["registration_client_uri"]),
    registrationToken: asString(body["registration_access_token"]),
    registeredAt: now,
  });
}
