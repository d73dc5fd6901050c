import type { TokenFlowError } from "../base/errors.ts";
import type { Token } from "../token/token.ts";
import type { AuthorizationRequest, Redirect } from "./authorization.ts";
import type { Call, Grant } from "./call.ts";
import type { DeviceCode } from "./device-code.ts";
import type { RedeemedToken } from "./redeemed-token.ts";
import type { Session } from "./session.ts";
import type { Upstream, UpstreamAnswer } from "./upstream.ts";

/** The result of one poll. A pending sign-in is a result, not an exception. Only an error that ends the flow is thrown. */
export type PollResult =
  | { readonly status: "pending" }
  /** The polls came too fast. `interval` is the new pause in milliseconds, if the service names one. */
  | { readonly status: "slow_down"; readonly interval?: number | undefined }
  | { readonly status: "granted"; readonly grant: Grant; readonly token?: RedeemedToken | undefined };

/** A token, a new grant, or both. A grant without a token is an intermediate step: it is stored, then redeemed. */
export interface Redemption {
  readonly token?: RedeemedToken | undefined;
  readonly grant?: Grant | undefined;
  /** Why there is only a grant, if its token cannot be used. The grant is stored, and no further step is made. */
  readonly failure?: TokenFlowError | undefined;
  /**
   * Set if the API rejected the kind of the last token, and this one is of a kind that was not tried yet. The rejection
   * then does not count as the first of several in a row, after which nothing is redeemed for a while.
   */
  readonly isOtherKind?: true | undefined;
}

/** The tools for a redemption, and its reason if the API rejected the last token. */
export interface RedeemCall extends Call {
  /**
   * The API's answer that rejected the session's token, if this process saw it. A service with several kinds of tokens
   * then knows which one to ask for. It is passed to each step of the redemption.
   */
  readonly rejection?: UpstreamAnswer | undefined;
}

/**
 * Tells if a grant may be sent a second time. `"always"`: it is not single-use. `"never"`: a second use revokes
 * the session. `{ within }`: the service accepts a second use for so many milliseconds.
 */
export type GrantReplay = "always" | "never" | { readonly within: number };

/** A service that people sign in to: three requests, and no loop. */
export interface Provider {
  /** `acme`, `oauth:login.example.org`; part of the session's key in every store. */
  readonly id: string;
  /** The name that people know: `Acme Cloud`. */
  readonly name: string;
  /**
   * Names the server and the client that sessions are bound to, if two configurations can share an `id`. It is stored
   * with each session, and a session of another one is `provider.misconfigured`. No secret.
   * @default undefined
   */
  readonly client?: string | undefined;
  /**
   * A sentence for the person before they approve, if the service's page names another app than theirs. It is shown
   * with each code.
   * @default undefined
   * @example "Acme will name the app \"Acme Tools\"."
   */
  readonly consentNotice?: string | undefined;
  /** Asks for a device code, with exactly one request. */
  requestDeviceCode(call: Call): Promise<DeviceCode>;
  /**
   * Asks once if the person has decided.
   * @throws `device.denied`, `device.expired`, `device.unknown` to end the flow
   * @throws `provider.unavailable`, `provider.rate_limited` to poll again later
   */
  pollDeviceCode(code: DeviceCode, call: Call): Promise<PollResult>;
  /**
   * Prepares a sign-in in the browser of the person, beside the device code. It calls `redirect` for the address that
   * the service returns to; a second call, with another address, replaces the first one.
   * @throws `provider.misconfigured`, with the reason `unsupported_response_type` if the service has no such sign-in
   */
  authorize?(redirect: Redirect, call: Call): Promise<AuthorizationRequest>;
  /**
   * Turns a grant into a token, with exactly one request.
   * @throws `session.revoked` only if the service itself states that the grant is no longer valid
   */
  redeem(grant: Grant, call: RedeemCall): Promise<Redemption>;
  /** Tells if the request that this grant is used for next may be sent twice. */
  grantReplay(grant: Grant): GrantReplay;
  /** Tells if a grant can bring another token. A session whose grant cannot ends with its token. @default true */
  isRenewable?(grant: Grant): boolean;
  /** Set if a redemption makes the current token invalid. @default undefined */
  readonly redeemInvalidatesToken?: true | undefined;
  /** Reads the name of the account. It is called once after a sign-in, and a failure is ignored. */
  identify?(session: Session, call: Call): Promise<{ readonly login: string }>;
  /** Revokes the session at the service. Resolves with `"not_offered"` if the service turns out to have no way to. */
  revoke?(session: Session, call: Call): Promise<void | "not_offered">;
  /** The API that this provider's tokens open. @default undefined */
  readonly upstream?: Upstream | undefined;
  /**
   * Patterns of this service's secrets, which `redact()` hides. The first capture group of a pattern is kept.
   * @default none beyond the general ones of `redact()`
   */
  readonly secretPatterns?: readonly RegExp[] | undefined;
  /**
   * Tells why a token from the environment is not one of this provider's, and which variable it belongs in.
   * Returns `undefined` for a token that may be one.
   */
  acceptsToken?(text: string): string | undefined;
  /**
   * Returns false for a stored token that this provider must not use, as it is configured now. The token then counts
   * as rejected, and a new one is redeemed.
   * @default every stored token is used
   */
  isTokenUsable?(token: Token): boolean;
}
