import { asErrorCode, asObject, asString, type JsonValue, parseJson } from "@tokenflow/core/provider";

/** An error of the Copilot API, in any of its shapes: `{error: {…}}`, `{message, code}`, plain text. */
export interface ApiFailure {
  /** Without the plan name that may follow a colon. */
  readonly code?: string | undefined;
  readonly sentence?: string | undefined;
  /** `true` if an agent behind the API asks for the person's authorization. The token is good then. */
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

/** Reads the error that a stream may begin with after a 200. Returns `undefined` if its first event is not an error. */
export function readStreamFailure(body: string): ApiFailure | undefined {
  const data = /^data: ?(\{.*)$/m.exec(body)?.[1];
  const event = asObject(parseJson(data ?? ""));
  return event["error"] === undefined || event["error"] === null ? undefined : failureOf(event);
}
