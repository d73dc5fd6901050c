import { type JsonValue, parseJson } from "@tokenflow/core";
import { objectOf, textOf, wordOf } from "@tokenflow/core/wire";

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
  if (json === undefined) return { sentence: textOf(body.trim()), wantsAuthorization: false };
  return failureOf(json);
}

function failureOf(json: JsonValue): ApiFailure {
  const outer = objectOf(json);
  const error = outer["error"] === undefined ? outer : objectOf(outer["error"]);
  return {
    code: wordOf(textOf(error["code"])?.split(":")[0]),
    sentence: textOf(error["message"]) ?? textOf(outer["message"]) ?? textOf(outer["error"]),
    wantsAuthorization:
      textOf(error["authorize_url"]) !== undefined || textOf(outer["authorize_url"]) !== undefined,
  };
}

/** The error that a stream may begin with after a 200; `undefined` where its first event is none. */
export function readStreamFailure(body: string): ApiFailure | undefined {
  const data = /^data: ?(\{.*)$/m.exec(body)?.[1];
  const event = objectOf(parseJson(data ?? ""));
  return event["error"] === undefined || event["error"] === null ? undefined : failureOf(event);
}
