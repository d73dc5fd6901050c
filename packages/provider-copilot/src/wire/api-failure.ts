import { asErrorCode, asObject, asString, type JsonValue, parseJson } from "@tokenflow/core/provider";

/** What the Copilot API said, in any of its shapes: `{error: {…}}`, `{message, code}`, plain text. */
export interface ApiFailure {
  /** Without the plan that may follow it after a colon. */
  readonly code?: string | undefined;
  readonly sentence?: string | undefined;
  /** An agent behind the API wants to be authorized by the person; the token is good. */
  readonly wantsAuthorization: boolean;
}

export function readApiFailure(body: string): ApiFailure {
  const json = parseJson(body);
  if (json === undefined) return { sentence: asString(body.trim()), wantsAuthorization: false };
  return failureOf(json);
}

function failureOf(json: JsonValue): ApiFailure {
  const outer = asObject(json);
  const error = outer["error"] === undefined ? outer : asObject(outer["error"]);
  return {
    code: asErrorCode(asString(error["code"])?.split(":")[0]),
    sentence: asString(error["message"]) ?? asString(outer["message"]) ?? asString(outer["error"]),
    wantsAuthorization:
      asString(error["authorize_url"]) !== undefined || asString(outer["authorize_url"]) !== undefined,
  };
}

/** The error that a stream may begin with after a 200; `undefined` where its first event is none. */
export function readStreamFailure(body: string): ApiFailure | undefined {
  const data = /^data: ?(\{.*)$/m.exec(body)?.[1];
  const event = asObject(parseJson(data ?? ""));
  return event["error"] === undefined || event["error"] === null ? undefined : failureOf(event);
}
