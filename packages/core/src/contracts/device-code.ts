import type { JsonObject } from "../base/json.ts";

/** The answer that begins a sign-in (RFC 8628 §3.2). */
export interface DeviceCode {
  /** The secret to poll with. It is never shown. */
  readonly deviceCode: string;
  /** The code that the person types. @example "WDJB-MJHT" */
  readonly userCode: string;
  /** The page on which the person types it. @example "https://login.example.com/device" */
  readonly verificationUri: string;
  /** The same address with the user code in it, for links and QR codes. */
  readonly verificationUriComplete?: string | undefined;
  /** How long the code is valid, in milliseconds. @example 900_000 */
  readonly lifetime: number;
  /** The minimum pause between polls, in milliseconds. @default 5_000 (RFC 8628 §3.2) @example 5_000 */
  readonly interval?: number | undefined;
  /** Data that the provider needs for the polls besides the code, such as a PKCE verifier. It is never shown. @default none */
  readonly context?: JsonObject | undefined;
}

/** The part of a device code that the person sees. It does not hold the secret. */
export interface UserCodePrompt {
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete?: string | undefined;
  /** When the code ends, in milliseconds since 1970 on the local clock. */
  readonly expiresAt: number;
  /** A sentence for the person to read before they approve; see `Provider.consentNotice`. */
  readonly notice?: string | undefined;
}
