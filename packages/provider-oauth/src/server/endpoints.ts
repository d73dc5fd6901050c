/** The endpoints of a server. Each is https, or http on loopback. */
export interface OAuthEndpoints {
  /** The token endpoint (RFC 6749). @example "https://login.example.org/oauth/token" */
  readonly token: string;
  /**
   * The device authorization endpoint (RFC 8628). Without it nobody can sign in, but existing sessions continue.
   * @default none
   * @example "https://login.example.org/oauth/device"
   */
  readonly deviceAuthorization?: string | undefined;
  /** The authorization endpoint (RFC 6749), a page for the browser. @default none @example "https://login.example.org/oauth/authorize" */
  readonly authorization?: string | undefined;
  /** The endpoint that is polled, if it is another than the token endpoint. @default token @example "https://login.example.org/device/token" */
  readonly poll?: string | undefined;
  /** The revocation endpoint (RFC 7009). @default none @example "https://login.example.org/oauth/revoke" */
  readonly revocation?: string | undefined;
  /** The introspection endpoint (RFC 7662). @default none @example "https://login.example.org/oauth/introspect" */
  readonly introspection?: string | undefined;
  /** The registration endpoint (RFC 7591), for `registerOAuthClient`. @default none @example "https://login.example.org/register" */
  readonly registration?: string | undefined;
}

/** The names of the standards, for messages. */
export const ENDPOINT_NAMES: Readonly<Record<keyof OAuthEndpoints, string>> = {
  token: "token endpoint",
  authorization: "authorization endpoint",
  deviceAuthorization: "device authorization endpoint",
  poll: "token endpoint",
  revocation: "revocation endpoint",
  introspection: "introspection endpoint",
  registration: "registration endpoint",
};

/** A server that publishes its endpoints, which are asked for when they are needed. */
export interface IssuerSource {
  /**
   * The issuer's address, or that of its metadata document (with `/.well-known/` in it), for a server whose document
   * states another issuer.
   * @example "https://login.example.org"
   */
  readonly issuer: string;
  /**
   * Origins besides the issuer's own that its endpoints may have.
   * @default []
   * @example ["https://api.example.org"]
   */
  readonly origins?: readonly string[] | undefined;
  /** Endpoints that the metadata lacks. They win over those of the metadata. @default {} @example { deviceAuthorization } */
  readonly endpoints?: Partial<OAuthEndpoints> | undefined;
}

/** A server that publishes no metadata. */
export interface EndpointsSource {
  /** All of its endpoints. @example { token, deviceAuthorization } */
  readonly endpoints: OAuthEndpoints;
  readonly issuer?: undefined;
  readonly origins?: undefined;
}

/** The issuer, or the endpoints, or both. */
export type EndpointSource = IssuerSource | EndpointsSource;
