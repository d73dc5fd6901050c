/** The answer that begins a sign-in (RFC 8628 §3.2). */
export interface DeviceCode {
  /** The secret that we poll with. Never shown. */
  readonly deviceCode: string;
  /** What the person types. */
  readonly userCode: string;
  /** Where the person types it. */
  readonly verificationUri: string;
  /** The same address with the user code in it, for links and QR codes. */
  readonly verificationUriComplete?: string | undefined;
  /** How long the code is good, in milliseconds. */
  readonly lifetime: number;
  /** The pause between polls, in milliseconds; 5 s where the service names none (RFC 8628 §3.2). */
  readonly interval?: number | undefined;
}

/** What a person is shown of a device code; the secret code is not in it. */
export interface UserCodePrompt {
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete?: string | undefined;
  /** When the code ends, in milliseconds since 1970 on the local clock. */
  readonly expiresAt: number;
}
