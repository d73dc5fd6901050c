import type { Upstream } from "@tokenflow/core";
import type { ClientAuthentication } from "../server/client-authentication.ts";
import type { EndpointSource } from "../server/endpoints.ts";
import type { WireFormat } from "../wire/wire-format.ts";
import type { PlatformToken } from "./platform-token.ts";

/**
 * The kind of grant: the client itself (RFC 6749 §4.4), a signed assertion (RFC 7523 §2.1), or the exchange of a token
 * (RFC 8693).
 */
export type WorkloadGrant = "client_credentials" | "jwt-bearer" | "token-exchange";

/** How a program proves itself, and for what. */
export interface WorkloadOptions {
  /** The kind of grant. It is never changed, whatever the server refuses. @example "jwt-bearer" */
  readonly grant: WorkloadGrant;
  /**
   * The platform's own token for `jwt-bearer` and `token-exchange`. It is read before each redemption.
   * @default none; those two grants need it
   * @example envToken(process.env, "ACME_ID_TOKEN")
   */
  readonly assertion?: PlatformToken | undefined;
  /** The id of the client. Some servers know the workload by its token alone. @default none @example "my-job" */
  readonly clientId?: string | undefined;
  /** The client's secret. @default none @example process.env["ACME_CLIENT_SECRET"] */
  readonly clientSecret?: string | undefined;
  /** How the client sends its secret. @default as the server lists it @example "client_secret_post" */
  readonly clientAuthentication?: ClientAuthentication | undefined;
  /**
   * The platform's own token in place of a secret (RFC 7523 §2.2), read before each redemption.
   * @default none
   * @example actionsToken(process.env, "api://AzureADTokenExchange")
   */
  readonly clientAssertion?: PlatformToken | undefined;
  /** The type of the token that is exchanged. @default "urn:ietf:params:oauth:token-type:jwt" @example "urn:ietf:params:oauth:token-type:id_token" */
  readonly subjectTokenType?: string | undefined;
  /** The type of token that the exchange is to bring. @default the server's choice @example "urn:ietf:params:oauth:token-type:access_token" */
  readonly requestedTokenType?: string | undefined;
  /** Scopes, separated by spaces. @default none @example "api.read" */
  readonly scope?: string | undefined;
  /** The API that tokens are for, in the parameter of Auth0 and of RFC 8693. @default none @example "https://api.example.org" */
  readonly audience?: string | undefined;
  /** The API that tokens are for (RFC 8707). @default none @example "https://api.example.org" */
  readonly resource?: string | undefined;
  /** Other parameters of the request. @default {} @example { organization: "acme" } */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** How the service's messages differ from the standards. @default {} @example { encoding: "json" } */
  readonly wireFormat?: WireFormat | undefined;
  /** The provider's id, which is part of the session's key. @default `oauth:<host>` @example "deploy" */
  readonly id?: string | undefined;
  /** The name of the service for messages. @default its host @example "Acme Cloud" */
  readonly name?: string | undefined;
  /** The API that tokens open, for `createFetch` and the proxy. @default none @example acmeUpstream */
  readonly upstream?: Upstream | undefined;
  /**
   * The lifetime of tokens in milliseconds, for a server that does not send one.
   * @default the lifetime in a JWT, else until the API rejects the token
   * @example 3_600_000
   */
  readonly tokenLifetime?: number | undefined;
}

export type WorkloadProviderOptions = WorkloadOptions & EndpointSource;
