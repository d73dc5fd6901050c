import {
  asObject,
  type HttpAnswer,
  isJsonObject,
  type JsonValue,
  readServiceError,
} from "@tokenflow/core/provider";

/** A text this short is no secret, and replacing it would make a sentence unreadable. */
const MIN_SECRET = 4;

/**
 * Puts the error of an answer into `error` and `error_description`, where RFC 6749 §5.2 has them, in the standard's
 * words. An answer without an error stays as it is.
 * @param words error codes of this service, and the standard's codes that they stand for
 * @param secrets all that was sent and must not be shown
 */
export function toStandardError(
  answer: HttpAnswer,
  words: Readonly<Record<string, string>>,
  secrets: readonly string[],
): HttpAnswer {
  const body = asObject(answer.json);
  const { code, meaning } = readServiceError(answer, words);
  if (body["error"] === undefined && meaning === undefined) return answer;
  const inner = isJsonObject(body["error"]) ? body["error"] : {};
  const sentence = [body["error_description"], inner["message"], body["message"], body["msg"]].find(isText);
  const { message: _message, msg: _msg, error_description: _said, ...rest } = body;
  return {
    ...answer,
    json: {
      ...rest,
      error: code ?? "",
      ...(sentence === undefined ? {} : { error_description: withoutSecrets(sentence, secrets) }),
    },
  };
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value !== "";
}

/** Removes the secrets, and the ids that Entra appends for its support. */
function withoutSecrets(sentence: string, secrets: readonly string[]): string {
  const clean = secrets
    .filter((secret) => secret.length >= MIN_SECRET)
    .reduce((text, secret) => text.replaceAll(secret, "…"), sentence);
  return clean.replace(/\s*\bTrace ID: .*$/s, "");
}
