import type { DeviceCode } from "./provider.ts";

/** What a person is shown of a device code; the secret code is not in it. */
export interface DeviceCodeShown {
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete?: string | undefined;
  /** When the code ends, in milliseconds since 1970 on the local clock. */
  readonly expiresAt: number;
}
export type Todo = DeviceCode;
