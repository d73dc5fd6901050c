import type { JsonObject } from "@tokenflow/conformance/server";

/** How a client authenticates at an endpoint. `any` looks at nothing but the id. */
export type Authentication = "any" | "none" | "basic" | "post";

/** An answer: its status and its body. Text is sent as it is. */
export type Said = readonly [status: number, body: JsonObject | string];

/** The differences of an OAuth server from RFC 6749 and RFC 8628, as data alone. */
export interface OAuthProfile {
  /** @example "Auth0" */
  readonly name: string;
  /** The row in the table of services that knows it, and its variables. `$origin` is filled in. */
  readonly service?: readonly [name: string, variables?: Readonly<Record<string, string>>] | undefined;
  /** Other settings that a person makes for it. `$origin` is filled in. */
  readonly settings?: OAuthSettings | undefined;
  /** The public origin. @default that of the loopback server */
  readonly origin?: string | undefined;
  /** The origin of the endpoints, if it is another one. */
  readonly endpointOrigin?: string | undefined;
  /** The issuer's path. @default "" */
  readonly base?: string | undefined;
  readonly document?: OAuthDocument | undefined;
  readonly paths?: {
    readonly device?: string;
    readonly token?: string;
    readonly poll?: string;
    /** "" for none. */
    readonly revocation?: string;
  };
  readonly client?: {
    readonly hasSecret?: true;
    readonly device?: Authentication;
    readonly token?: Authentication;
    /** Wants the id in the body beside Basic. */
    readonly idInBody?: true;
  };
  readonly wants?: {
    readonly json?: true;
    readonly scope?: true;
    readonly pkce?: true;
    /** Parameters by kind of request. `$user_code` and `$secret` are filled in. */
    readonly device?: Readonly<Record<string, string>>;
    readonly poll?: Readonly<Record<string, string>>;
    readonly refresh?: Readonly<Record<string, string>>;
    readonly query?: readonly string[];
    /** The name of `device_code` in a poll. */
    readonly codeName?: string;
    /** The `grant_type` of a poll; "" for none. */
    readonly grantType?: string;
    /** The parameter and value without which a token opens another API. */
    readonly api?: readonly [name: string, value: string];
    /** The same for a refresh, if it is another one. */
    readonly apiAtRefresh?: readonly [name: string, value: string];
  };
  readonly says?: {
    readonly pending?: Said;
    /** The members of the device answer, by their names in RFC 8628. */
    readonly deviceNames?: Readonly<Record<string, string>>;
    /** Members that a token answer lacks. */
    readonly omits?: readonly string[];
    readonly scopeIsList?: true;
    /** The lifetime of tokens in seconds. @default 3600 */
    readonly lifetime?: number;
    /** Other members of a token answer, or other values. */
    readonly token?: JsonObject;
    /** @default "rotates" */
    readonly refresh?: "rotates" | "keeps" | "none";
    readonly dead?: Said;
  };
}

/** Options of a client, in the words of TokenFlow's options. */
export interface OAuthSettings {
  readonly issuer?: string;
  readonly origins?: readonly string[];
  readonly endpoints?: Readonly<Partial<Record<"token" | "deviceAuthorization" | "revocation", string>>>;
  readonly scope?: string;
  readonly refreshScope?: string;
  readonly audience?: string;
  readonly resource?: string;
  readonly pkce?: true;
  readonly clientAuthentication?: "client_secret_basic" | "client_secret_post" | "none";
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface OAuthDocument {
  /** The place of the document: below the issuer's path as OpenID has it, or by RFC 8414. @default both */
  readonly at?: "openid" | "oauth" | undefined;
  /** The issuer that it states. `$origin` is filled in. @default the right one */
  readonly states?: string | undefined;
  readonly omits?: readonly string[] | undefined;
  readonly methods?: readonly string[] | undefined;
  /** Answers `{}` with 200 everywhere else. */
  readonly catchAll?: true | undefined;
}

/** An answer with an error in the form of RFC 6749. */
export function says(code: number, error: string): Said {
  return [code, { error }];
}

/** A server with a document and nothing unusual. */
export function standard(name: string, service: OAuthProfile["service"], base: string = ""): OAuthProfile {
  return { name, service, base, document: {} };
}
