import type { Upstream } from "@tokenflow/core";
import type { GrantReplay } from "@tokenflow/core/provider";
import type { ClientAuthentication } from "./server/client-authentication.ts";
import type { EndpointSource } from "./server/endpoints.ts";
import type { WireFormat } from "./wire/wire-format.ts";

/** The settings of a client, whatever server it is for. */
export interface OAuthClientOptions {
  /** The id of the client that is registered at the server. @example "my-app" */
  readonly clientId: string;
  /**
   * The client's secret.
   * @default the one that is kept with the session, else none: a public client
   * @example process.env["ACME_CLIENT_SECRET"]
   */
  readonly clientSecret?: string | undefined;
  /**
   * The way in which the client sends its secret. `"none"` never sends it.
   * @default the method that the server lists, else `"client_secret_basic"`; the other one if that is refused at sign-in
   * @example "client_secret_post"
   */
  readonly clientAuthentication?: ClientAuthentication | undefined;
  /** Keeps the secret with the session, so that later calls need not give it. @default false @example true */
  readonly keepClientSecret?: boolean | undefined;
  /** Sends a PKCE challenge (RFC 7636) with a sign-in. @default only if the server asks for it @example true */
  readonly pkce?: boolean | undefined;
  /**
   * Scopes, separated by spaces. Many servers issue a refresh token only for `offline_access`.
   * @default none
   * @example "openid offline_access"
   */
  readonly scope?: string | undefined;
  /**
   * The address on this machine that the service returns the browser to, if it accepts only one.
   * @default a free port on 127.0.0.1
   * @example "http://localhost:8085/callback"
   */
  readonly redirectUri?: string | undefined;
  /** Scopes for refresh requests, which are sent without any otherwise. @default none @example "api://acme/.default" */
  readonly refreshScope?: string | undefined;
  /**
   * The API that tokens are for, in the parameter of Auth0 and similar servers.
   * @default none
   * @example "https://api.example.org"
   */
  readonly audience?: string | undefined;
  /** The API that tokens are for (RFC 8707). @default none @example "https://api.example.org" */
  readonly resource?: string | undefined;
  /** Other parameters of every request for a code or a token. @default {} @example { organization: "acme" } */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** How the service's messages differ from the standards. @default {} @example { encoding: "json" } */
  readonly wireFormat?: WireFormat | undefined;
  /** The provider's id, which is part of the session's key. @default `oauth:<host>` @example "work" */
  readonly id?: string | undefined;
  /** The name of the service for messages. @default its host @example "Acme Cloud" */
  readonly name?: string | undefined;
  /** The API that tokens open, for `createFetch` and the proxy. @default none @example acmeUpstream */
  readonly upstream?: Upstream | undefined;
  /** Tells if a refresh token may be sent twice. @default "never" @example { within: 30_000 } */
  readonly grantReplay?: GrantReplay | undefined;
  /**
   * The lifetime of tokens in milliseconds, from the server's manual, for a server that does not send one.
   * @default the lifetime in a JWT, else until the API rejects the token
   * @example 3_600_000
   */
  readonly tokenLifetime?: number | undefined;
  /** Keeps the ID token with the token: `token.idToken`. It is not verified. @default false @example true */
  readonly keepIdToken?: boolean | undefined;
  /**
   * Reads 400 with an empty body as the refusal of a refresh token. Set it only for a server that is known to answer
   * so: the empty 400 of a proxy would end the session.
   * @default false
   * @example true
   */
  readonly emptyRefusal?: boolean | undefined;
  /**
   * Error codes of this server's own for a refresh token that it no longer accepts. The standard's are known.
   * @default []
   * @example ["session_terminated"]
   */
  readonly refusals?: readonly string[] | undefined;
}

/** The settings of a client, and the server. */
export type OAuthProviderOptions = OAuthClientOptions & EndpointSource;
