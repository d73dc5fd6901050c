/** The options of `fetch`, and one that is not passed on. */
export interface TokenRequestInit extends RequestInit {
  /** How long the token must still be valid for this call, in milliseconds. @default that of `createFetch` @example 300_000 */
  readonly minValidity?: number | undefined;
}

/** The platform's `fetch`, with a token. */
export type TokenFetch = typeof fetch &
  ((input: string | URL | Request, init?: TokenRequestInit) => Promise<Response>);
