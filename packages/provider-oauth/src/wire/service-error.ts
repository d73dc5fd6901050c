import {
  asObject,
  type HttpAnswer,
  isJsonObject,
  type JsonValue,
  readServiceError,
} from "@tokenflow/core/provider";
import type { Form } from "./wire-format.ts";

/** A text this short is no secret, and replacing it would make a sentence unreadable. */
const MIN_SECRET = 4;

export interface ErrorReading {
  /** Error codes or numbers of this service, and the standard's codes that they stand for. */
  readonly words: Form;
  /** All that was sent and must not be shown. */
  readonly secrets: readonly string[];
  /** The meaning of this status if the body names no error. */
  readonly statusWord?: string | undefined;
}

/**
 * Puts the error of an answer into `error` and `error_description`, where RFC 6749 §5.2 has them, in the standard's
 * words. An answer without an error stays as it is.
 */
export function toStandardError(
  answer: HttpAnswer,
  { words, secrets, statusWord }: ErrorReading,
): HttpAnswer {
  const body = asObject(answer.json);
  const inner = isJsonObject(body["error"]) ? body["error"] : {};
  const numbers = [inner["error_subcode"], inner["code"], body["error_code"], body["code"]];
  const number = numbers.find(
    (value): value is number => typeof value === "number" && Object.hasOwn(words, value),
  );
  const said = readServiceError(answer, words);
  const known = number === undefined ? said.meaning && said.code : words[number];
  const code = known ?? statusWord ?? said.code;
  if (body["error"] === undefined && code === undefined) return answer;
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

/** Removes the secrets, also as a request has them encoded, and the ids that Entra appends for its support. */
function withoutSecrets(sentence: string, secrets: readonly string[]): string {
  const clean = secrets
    .flatMap((secret) => (secret.length < MIN_SECRET ? [] : spellings(secret)))
    .reduce((text, secret) => text.replaceAll(secret, "…"), sentence);
  return clean.replace(/\s*\bTrace ID: .*$/s, "");
}

/** A secret as it is, as an address has it, and as a form has it. */
function spellings(secret: string): readonly string[] {
  const form = new URLSearchParams([["", secret]]).toString().slice(1);
  return [secret, encodeURIComponent(secret.toWellFormed()), form];
}
