import { type Clock, TokenFlowError } from "@tokenflow/core";
import {
  asNumber,
  asString,
  type Call,
  createHttp,
  type HttpAnswer,
  okJson,
  omitUndefined,
  systemClock,
  withoutTrailingSlash,
} from "@tokenflow/core/provider";
import { type ClientAuthentication, isMethod, METHODS } from "../server/client-authentication.ts";
import { discover } from "../server/discovery.ts";
import type { OAuthEndpoints } from "../server/endpoints.ts";
import { requireOwnEndpoint } from "../server/issuer.ts";
import type { OAuthMetadata } from "../server/read-metadata.ts";
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
  const { issuer, origins = [], endpoints = {}, signal, fetch, clock = systemClock } = options;
  const http = createHttp({ fetch, clock });
  const call = { http, clock, signal };
  const { server } = await discover({ issuer, origins, endpoints, needs: "registration" }, call);
  const client = await sendRegistration({ ...server, issuer }, options, call);
  const { registrationUri } = client;
  if (registrationUri === undefined) return client;
  return { ...client, registrationUri: requireOwnEndpoint(registrationUri, { issuer, origins }) };
}

/** The parts of a server's metadata that a registration depends on. */
export type RegistrationServer = Pick<
  OAuthMetadata,
  "issuer" | "registration" | "deviceAuthorization" | "authenticationMethods"
>;

export type RegistrationOptions = Pick<
  RegisterClientOptions,
  "clientName" | "scope" | "redirectUri" | "initialAccessToken"
>;

/**
 * Registers a client at a server whose metadata is known, with one request.
 * @throws as `registerOAuthClient`
 */
export async function sendRegistration(
  { issuer, registration, deviceAuthorization, authenticationMethods: methods }: RegistrationServer,
  { clientName, scope, redirectUri, initialAccessToken }: RegistrationOptions,
  { http, clock, signal }: Call,
): Promise<RegisteredClient> {
  const { host } = new URL(issuer);
  if (registration === undefined) {
    throw new TokenFlowError("provider.misconfigured", `${host} registers no clients by itself`, {
      hint: "Register a client on its pages, and set `clientId`.",
      grantUnused: true,
    });
  }
  const isForBrowser = redirectUri !== undefined;
  const hasDeviceFlow = !isForBrowser || deviceAuthorization !== undefined;
  // Servers without public clients must not be asked for one.
  const method =
    methods === undefined ? "none" : (METHODS.find((known) => methods.includes(known)) ?? "none");
  const answer = await http({
    method: "POST",
    url: registration,
    headers: initialAccessToken === undefined ? {} : { authorization: `Bearer ${initialAccessToken}` },
    json: omitUndefined({
      client_name: clientName,
      application_type: "native",
      token_endpoint_auth_method: method,
      // Some servers refuse a client with a grant that they do not have.
      grant_types: [
        ...(isForBrowser ? ["authorization_code"] : []),
        ...(hasDeviceFlow ? [DEVICE_GRANT] : []),
        "refresh_token",
      ],
      response_types: isForBrowser ? ["code"] : [],
      // The device flow has none, but some servers refuse a client without one (RFC 8252 §7.3).
      redirect_uris: [redirectUri ?? "http://127.0.0.1/"],
      scope,
    }),
    signal,
  });
  const client = readClient(answer, { issuer, method, now: clock.now() });
  if (!client) throw registrationError(answer, host);
  return isForBrowser ? { ...client, redirectUri } : client;
}

/** Makes the error for a server that does not register the client. */
function registrationError(answer: HttpAnswer, host: string): TokenFlowError {
  const error = oauthError(answer, host);
  const { status } = answer;
  const isClosed = status === 401 || status === 403;
  if (!isClosed && error.code !== "provider.misconfigured") return error;
  return new TokenFlowError(
    "provider.misconfigured",
    `${host} refuses to register a client: ${error.message.replace(`${host} `, "")}`,
    {
      status,
      reason: error.reason,
      hint: isClosed
        ? "Ask its administrators for an initial access token (`initialAccessToken`), or register a client on its pages and set `clientId`."
        : "Register a client on its pages, and set `clientId`.",
      grantUnused: true,
    },
  );
}

/** Returns `true` if the client's secret has ended, so that it must be registered again. */
export function isClientExpired({ secretExpiresAt }: RegisteredClient, now: number = Date.now()): boolean {
  return secretExpiresAt !== undefined && now >= secretExpiresAt;
}

interface Registration {
  readonly issuer: string;
  /** The method that was asked for. */
  readonly method: ClientAuthentication;
  readonly now: number;
}

function readClient(
  answer: HttpAnswer,
  { issuer, method: asked, now }: Registration,
): RegisteredClient | undefined {
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
        : secretMethod(asked),
    clientSecret,
    secretExpiresAt: clientSecret !== undefined && end !== undefined && end > 0 ? end * 1000 : undefined,
    scope: asString(body["scope"]),
    registrationUri: asString(body["registration_client_uri"]),
    registrationToken: asString(body["registration_access_token"]),
    registeredAt: now,
  });
}

/** A server that issues a secret and names no method means the one that was asked for, else basic (RFC 7591 §2). */
function secretMethod(asked: ClientAuthentication): ClientAuthentication {
  return asked === "none" ? "client_secret_basic" : asked;
}
