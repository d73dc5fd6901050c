import type { Call, Grant } from "./call.ts";
import type { RedeemedToken } from "./redeemed-token.ts";

/** A prepared sign-in in the browser (RFC 6749 §4.1, RFC 8252). */
export interface AuthorizationRequest {
  /** The page that asks the person. https, or http on loopback. */
  readonly url: string;
  /** The random text that the answer must repeat, so that nobody else's answer is used. A secret. */
  readonly state: string;
  /**
   * Checks the answer and redeems its code, with at most one request. It is called with an answer that has the right
   * `state`.
   * @throws `device.denied` if the person or the service refused; `provider.malformed` for the answer of another server
   * @throws `provider.unavailable` with `grantUnused` if the code was certainly not sent
   */
  complete(answer: URLSearchParams, call: Call): Promise<AuthorizationGrant>;
}

/** The result of a sign-in in the browser: the consent, and the token that came with it. */
export interface AuthorizationGrant {
  readonly grant: Grant;
  readonly token?: RedeemedToken | undefined;
}

/**
 * Begins to listen for the browser's return, and resolves with the address to give to the service.
 * @param fixed the only address that the service returns to @default a free port on 127.0.0.1
 * @throws `provider.misconfigured` if nothing can listen there
 */
export type Redirect = (fixed?: string) => Promise<string>;

/** The browser of the person, on this machine or elsewhere. `@tokenflow/browser` has one for Node. */
export interface Browser {
  /** True if the person sees a window that opens on this machine. */
  readonly isLocal: boolean;
  /** Begins to listen for the browser's return. Its disposal ends that, and keeps nothing alive. */
  listen(fixed: string | undefined): Promise<BrowserReturn>;
}

export interface BrowserReturn extends AsyncDisposable {
  /** The address that the service returns the browser to. */
  readonly redirectUri: string;
  /** Shows the page to the person. Resolves with the answer that repeats `state`; any other is not an answer. */
  receive(
    request: Pick<AuthorizationRequest, "url" | "state">,
    signal: AbortSignal,
  ): Promise<URLSearchParams>;
}
