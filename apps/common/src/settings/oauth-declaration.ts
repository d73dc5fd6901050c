/** The settings of an OAuth server, in the words of `createOAuthProvider`. The client's secret is never stored here. */
export interface OAuthDeclaration {
  /** A service that is known by name, whose settings the other members change. */
  readonly service?: string | undefined;
  /** The service's own values: the tenant, the realm, the server's address. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  readonly issuer?: string | undefined;
  readonly endpoints?: Readonly<Partial<Record<EndpointName, string | undefined>>> | undefined;
  readonly origins?: readonly string[] | undefined;
  /** Empty for a workload that the server knows by its token alone. */
  readonly clientId: string;
  /** How a program without a person gets tokens. @default a person signs in */
  readonly grant?: WorkloadGrant | undefined;
  /** The source of the platform's own token: `actions:<audience>`, `env:<variable>`, `file:<path>`, `command:<line>`. */
  readonly assertion?: string | undefined;
  /** The client was registered at the issuer by `login --register`, and its record is kept in the store. */
  readonly register?: boolean | undefined;
  readonly clientAuthentication?: ClientAuthentication | undefined;
  readonly pkce?: boolean | undefined;
  readonly scope?: string | undefined;
  readonly refreshScope?: string | undefined;
  readonly audience?: string | undefined;
  readonly resource?: string | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly keepIdToken?: boolean | undefined;
  /** The address on this machine that the browser returns to. */
  readonly redirectUri?: string | undefined;
  /** The address of the API that its tokens open. */
  readonly upstream?: string | undefined;
  /** Other hosts that credential helpers may give its tokens to: `git.example.org`, `registry.example.org:5000`. */
  readonly hosts?: readonly string[] | undefined;
  /** The user name beside a token that takes the place of a password. */
  readonly username?: string | undefined;
}

export const ENDPOINT_NAMES = [
  "deviceAuthorization",
  "token",
  "poll",
  "revocation",
  "introspection",
  "registration",
] as const;

export type EndpointName = (typeof ENDPOINT_NAMES)[number];

export const CLIENT_AUTHENTICATIONS = ["client_secret_basic", "client_secret_post", "none"] as const;

export type ClientAuthentication = (typeof CLIENT_AUTHENTICATIONS)[number];

export const WORKLOAD_GRANTS = ["client_credentials", "jwt-bearer", "token-exchange"] as const;

export type WorkloadGrant = (typeof WORKLOAD_GRANTS)[number];

/** The members of a declaration that are a list of texts, with commas in `config set`. */
export const DECLARED_LISTS = ["origins", "hosts"] as const;

/** The members of a declaration that are one text, for `config set providers.<name>.<member>`. */
export const DECLARED_TEXTS = [
  "service",
  "issuer",
  "clientId",
  "clientAuthentication",
  "grant",
  "assertion",
  "scope",
  "refreshScope",
  "audience",
  "resource",
  "redirectUri",
  "upstream",
  "username",
] as const;
