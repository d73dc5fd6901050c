import type { Upstream } from "@tokenflow/core";
import type { GrantReplay } from "@tokenflow/core/provider";
import type { ClientAuthentication } from "./client-authentication.ts";
import type { OAuthEndpoints } from "./discovery.ts";

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
