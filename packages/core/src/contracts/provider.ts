import type { JsonValue } from "../base/json.ts";
import type { Call, Grant } from "./call.ts";
import type { DeviceCode } from "./device-code.ts";
import type { Session } from "./session.ts";
import type { Upstream } from "./upstream.ts";

/** Where a sign-in stands. Pending is an answer, not an exception; whatever ends the flow throws. */
export type PollResult =
  | { readonly status: "pending" }
  /** Polled too fast; `interval` in milliseconds where the service names a new one. */
  | { readonly status: "slow_down"; readonly interval?: number | undefined }
  | { readonly status: "granted"; readonly grant: Grant; readonly token?: RedeemedToken | undefined };

export interface RedeemedToken {
  readonly accessToken: string;
  readonly tokenType: string;
  readonly scope?: string | undefined;
  /**
   * How long the token is good, in milliseconds from the moment the request was sent; `"jwt"` where only
   * the token itself says so; `"none"` where the service documents that it ends only by being rejected.
   */
  readonly lifetime: number | "jwt" | "none";
  /** When the service wants it renewed, in milliseconds from the same moment. */
  readonly dueIn?: number | undefined;
  /** What else the answer said. No secrets. */
  readonly details?: Readonly<Record<string, JsonValue>> | undefined;
}

/** A token, a new grant, or both. A grant without a token is a step: it is stored, then redeemed again. */
export interface Redemption {
  readonly token?: RedeemedToken | undefined;
  readonly grant?: Grant | undefined;
}

/**
 * May the step that a grant would take next be sent twice? `"always"`: the grant is not single-use.
 * `"never"`: a second use revokes the session. `{ within }`: forgiven for so many milliseconds.
 */
export type GrantReplay = "always" | "never" | { readonly within: number };

/** A service that people sign in to, as three requests and no loop. */
export interface Provider {
  /** `acme`, `oauth:login.example.org`; part of the session's key in every store. */
  readonly id: string;
  /** The name that people know: `Acme Cloud`. */
  readonly name: string;
  requestDeviceCode(call: Call): Promise<DeviceCode>;
  /** @throws `device.denied`, `device.expired`, `device.unknown` to end the flow; `provider.unavailable` and `provider.rate_limited` to go on later */
  pollDeviceCode(code: DeviceCode, call: Call): Promise<PollResult>;
  /**
   * Exactly one request.
   * @throws `session.revoked` where the service refuses the grant in its own words, and only then
   */
  redeem(grant: Grant, call: Call): Promise<Redemption>;
  grantReplay(grant: Grant): GrantReplay;
  /** Redeeming kills the token in use. */
  readonly redeemInvalidatesToken?: true | undefined;
  /** Asked once after a sign-in; its failure changes nothing. */
  identify?(session: Session, call: Call): Promise<{ readonly login: string }>;
  revoke?(session: Session, call: Call): Promise<void>;
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
}
