import {
  asErrorCode,
  asHttpsUrl,
  asObject,
  asString,
  asTimestamp,
  type HttpAnswer,
  isJsonObject,
} from "@tokenflow/core/provider";

/** A refusal by GitHub, by the shape of its body. */
export interface Failure {
  /** `notice`: Copilot's own, with an id and a link. `standard`: an error of GitHub's REST API. `other`: HTML, text, nothing. */
  readonly shape: "notice" | "standard" | "other";
  /** The notice's id: `no_copilot_access`. An open set. */
  readonly id?: string | undefined;
  readonly sentence?: string | undefined;
  readonly link?: string | undefined;
}

/** The address of a notice may hold this placeholder. */
const EDITOR = /\{EDITOR\}|%7BEDITOR%7D/gi;

export function readFailure({ json }: HttpAnswer): Failure {
  const body = asObject(json);
  const message = asString(body["message"]);
  const details = body["error_details"] ?? (body["notification_id"] === undefined ? undefined : body);
  if (isJsonObject(details)) {
    const notice = details;
    const url = asString(notice["url"])?.replace(EDITOR, "tokenflow");
    return {
      shape: "notice",
      id: asErrorCode(notice["notification_id"]),
      sentence: asString(notice["message"]) ?? asString(notice["title"]) ?? message,
      link: asHttpsUrl(url),
    };
  }
  return message === undefined ? { shape: "other" } : { shape: "standard", sentence: message };
}

/** Reads the time at which an exhausted rate limit is reset, in milliseconds since 1970. */
export function readRateReset({ headers }: HttpAnswer): number | undefined {
  if (headers.get("x-ratelimit-remaining") !== "0") return undefined;
  return asTimestamp(headers.get("x-ratelimit-reset"));
}
