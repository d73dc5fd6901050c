import type { Clock } from "../base/clock.ts";
import type { JsonValue } from "../base/json.ts";
import type { Http } from "../http/create-http.ts";

/**
 * The long-lived proof of consent, usually an OAuth refresh token. Its fields belong to the provider: core stores
 * them as they are and never reads them.
 */
export type Grant = Readonly<Record<string, JsonValue>>;

/** The tools for a provider's requests. */
export interface Call {
  /** Sends one request by the rules for credentials. */
  readonly http: Http;
  readonly clock: Clock;
  /** Ends the request. */
  readonly signal?: AbortSignal | undefined;
}
