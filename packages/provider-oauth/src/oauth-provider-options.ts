import type { Upstream } from "@tokenflow/core";
import type { GrantReplay } from "@tokenflow/core/provider";
import type { ClientAuthentication } from "./server/client-authentication.ts";
import type { EndpointSource } from "./server/endpoints.ts";

interface CommonOptions {
  /** The id of the client that is registered at the server. @example "my-app" */
  readonly clientId: string;
  /** The client's secret. @default none: a public client @example process.env.ACME_CLIENT_SECRET */
  readonly clientSecret?: string | undefined;
  /**
   * The way in which the client sends its secret.
   * @default the method that the server lists, else `"client_secret_basic"`
   * @example "client_secret_post"
   */
  readonly clientAuthentication?: ClientAuthentication | undefined;
  /**
   * Scopes, separated by spaces. Many servers issue a refresh token only for `offline_access`.
   * @default none
   * @example "openid offline_access"
   */
  readonly scope?: string | undefined;
  /**
   * The API that tokens are for, in the parameter of Auth0 and similar servers.
   * @default none
   * @example "https://api.example.org"
   */
  readonly audience?: string | undefined;
  /** The API that tokens are for (RFC 8707). @default none @example "https://api.example.org" */
  readonly resource?: string | undefined;
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

export type OAuthProviderOptions = CommonOptions & EndpointSource;
