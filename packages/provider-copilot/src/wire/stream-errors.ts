import {
  type AnswerRepair,
  asErrorCode,
  asNumber,
  asString,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  type RepairedEvent,
} from "@tokenflow/core/provider";

/** The member of every event that tells of an error. Inside of a text its quotes would have backslashes. */
const ERROR = '"error"';

/** An error in the middle of a stream, in the service's own shape, which names no type of event. */
interface StreamError {
  readonly message: string;
  readonly code: string | undefined;
  readonly type: string | undefined;
}

/** Gives the errors of a Messages stream the shape of Anthropic's. Its clients ignore an event without a name. */
export const messagesErrorRepair: Required<Pick<AnswerRepair, "event" | "only">> = {
  only: ERROR,
  event(data) {
    if (!data.includes(ERROR)) return data;
    const event = parseJson(data);
    const error = isJsonObject(event) ? readStreamError(event) : undefined;
    if (!error) return data;
    const { message, code } = error;
    return [namedError({ error: { type: anthropicType(error), message, ...(code ? { code } : {}) } })];
  },
};

/** Returns the event for an error of a Responses stream, if it has the service's own shape. */
export function repairResponsesError(event: JsonObject): readonly RepairedEvent[] | undefined {
  const failure = readStreamError(event);
  if (!failure) return undefined;
  const { message, code = null, type = "server_error" } = failure;
  const error = { type, code, message, param: null };
  // OpenAI's documents have the members in the event, and its service in a member of their own.
  const place = { sequence_number: asNumber(event["sequence_number"]) ?? 0 };
  return [namedError({ ...place, code, message, param: null, error })];
}

/** Returns the event for an error of a chat stream whose members are not in `error`, where OpenAI's clients look. */
export function repairChatError(event: JsonValue | undefined): string | undefined {
  if (!isJsonObject(event) || event["error"] !== undefined || event["choices"] !== undefined)
    return undefined;
  const failure = readStreamError(event);
  if (!failure) return undefined;
  const { message, code = null, type = "server_error" } = failure;
  return JSON.stringify({ error: { message, type, param: null, code } });
}

function namedError(members: JsonObject): RepairedEvent {
  return { event: "error", data: JSON.stringify({ type: "error", ...members }) };
}

/** Reads `{error: {…}}`, `{error: "…"}`, and `{message, code}`. */
function readStreamError(event: JsonObject): StreamError | undefined {
  const { type, error } = event;
  const isError = (error !== undefined && error !== null) || typeof event["message"] === "string";
  if (type !== undefined || !isError) return undefined;
  const members: JsonObject = isJsonObject(error)
    ? error
    : { ...event, message: error ?? event["message"] ?? null };
  const { message, code, type: kind } = members;
  return {
    message: asString(message) ?? "The service failed.",
    code: asErrorCode(code),
    type: asErrorCode(kind),
  };
}

function anthropicType({ code = "", type = "" }: StreamError): string {
  const words = `${code} ${type}`;
  if (/rate_limit/.test(words)) return "rate_limit_error";
  return /overloaded/.test(words) ? "overloaded_error" : "api_error";
}
