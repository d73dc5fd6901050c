import type { JsonValue } from "../base/json.ts";

/** A token as the service returned it. */
export interface RedeemedToken {
  readonly accessToken: string;
  readonly tokenType: string;
  readonly scope?: string | undefined;
  /**
   * How long the token is valid, in milliseconds from the moment the request was sent. `"jwt"`: only the token
   * itself tells. `"none"`: the service documents that the token ends only when the API rejects it.
   */
  readonly lifetime: number | "jwt" | "none";
  /** When the service asks for a refresh, in milliseconds from the same moment. */
  readonly dueIn?: number | undefined;
  /** The ID token, if it is to be kept. It is stored with the token, unverified. */
  readonly idToken?: string | undefined;
  /** Other fields of the answer. No secrets. */
  readonly details?: Readonly<Record<string, JsonValue>> | undefined;
}
