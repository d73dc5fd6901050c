import { asNumber, asObject, asString, isObject, type JsonObject } from "../base/json.ts";
import type { Failure } from "./answer.ts";

/** Reads an error of OpenAI's APIs: as a body, as an event, or as the `error` of a response. Some services send text. */
export function readOpenAiFailure(body: JsonObject): Failure {
  const { error, message } = body;
  const inner = typeof error === "string" ? { message: error } : asObject(error);
  return {
    message: asString(inner["message"]) ?? asString(message) ?? "The service failed.",
    type: asString(inner["type"]),
    code: asString(inner["code"]) ?? asNumber(inner["code"])?.toString() ?? asString(body["code"]),
    param: asString(inner["param"]) ?? asString(body["param"]),
  };
}

/**
 * Reads a body or an event that tells of an error and names no type: `{error}`, or `{message, code}`. Returns
 * `undefined` for any other.
 */
export function findFailure(body: JsonObject): Failure | undefined {
  const { error, message, type, choices } = body;
  const isError = isObject(error) || (typeof error === "string" && error !== "");
  const isBare = type === undefined && choices === undefined && typeof message === "string";
  return isError || isBare ? readOpenAiFailure(body) : undefined;
}

/** Writes an error for OpenAI's APIs. */
export function writeOpenAiFailure({ status, message, type, code, param }: Failure): JsonObject {
  return { error: { message, type: type ?? typeOf(status), code: code ?? null, param: param ?? null } };
}

function typeOf(status = 500): string {
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status < 500 ? "invalid_request_error" : "server_error";
}
