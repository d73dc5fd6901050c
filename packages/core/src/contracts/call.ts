import type { Clock } from "../base/clock.ts";
import type { JsonValue } from "../base/json.ts";
import type { Http } from "../http/create-http.ts";

/**
 * The long-lived proof of consent, usually an OAuth refresh token. A record of the provider's own:
 * core stores it whole and never looks inside.
 */
export type Grant = Readonly<Record<string, JsonValue>>;

/** What a provider's requests are made with. */
export interface Call {
  readonly http: Http;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}
