import type { GrantReplay } from "@tokenflow/core/provider";
import type { ClientAuthentication } from "../server/client-authentication.ts";
import type { OAuthEndpoints } from "../server/endpoints.ts";
import type { WireFormat } from "../wire/wire-format.ts";

/** A value that a person must give because each customer of the service has another: `$tenant` in an address. */
export interface ServiceVariable {
  /** A description of the value, for a question. @example "The address of your server" */
  readonly about: string;
  /** @default none: it must be given @example "https://gitlab.com" */
  readonly default?: string | undefined;
}

/** A service whose device flow is known: data alone, from its manual. It holds no client id. */
export interface OAuthService {
  /** @example "GitLab" */
  readonly name: string;
  /** The page of its manual about the device flow. */
  readonly manual: string;
  /** Where the row was read, if the manual itself could not be opened. @example "its own command line" */
  readonly source?: string | undefined;
  /** The page on which a client is registered, or that says how. */
  readonly clients: string;
  /** The values that addresses refer to by `$name`. `url` is an address, the others are one word. */
  readonly variables?: Readonly<Record<string, ServiceVariable>> | undefined;
  /** The options that this service cannot do without, besides the client id. */
  readonly needs?: readonly ("clientSecret" | "audience" | "resource")[] | undefined;
  /** A sentence for people without a client, if the service registers none for other programs. */
  readonly noClients?: string | undefined;
  /** A limit that a person should know before a sign-in. */
  readonly note?: string | undefined;
  /** The issuer's address, or that of its metadata document. */
  readonly issuer?: string | undefined;
  readonly origins?: readonly string[] | undefined;
  readonly endpoints?: Partial<OAuthEndpoints> | undefined;
  /** The scope of a sign-in, if the caller names none. */
  readonly scope?: string | undefined;
  readonly audience?: string | undefined;
  readonly clientAuthentication?: ClientAuthentication | undefined;
  readonly wireFormat?: WireFormat | undefined;
  readonly grantReplay?: GrantReplay | undefined;
  /** True if it refuses a refresh token with 400 and an empty body. */
  readonly emptyRefusal?: boolean | undefined;
}

/** The address of a server that people host themselves, or of a customer's own at the service. */
export function ownAddress(example: string): Readonly<Record<string, ServiceVariable>> {
  return { url: { about: `The server's address, such as ${example}` } };
}
