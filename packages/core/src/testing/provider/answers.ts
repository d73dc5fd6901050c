import type { ErrorCode } from "../../base/errors.ts";
import { isTokenFlowError, type TokenFlowError } from "../../base/errors.ts";
import { ensure } from "../ensure.ts";
import type { Answer } from "../scripted-fetch.ts";

/** Answers that echo every secret in the fields in which services put text. */
export interface Echo {
  readonly html: string;
  readonly text: string;
  readonly json: Readonly<Record<string, string>>;
}

export function createEcho(secrets: readonly string[]): Echo {
  const all = secrets.join(" ");
  return {
    html: `<!doctype html><title>Sign in to the network</title><p>${all}</p>`,
    text: `no: ${all}`,
    json: { error_description: all, message: all, hint: all },
  };
}

/** Returns the beginning of a good answer, cut off. */
export function truncated(answer: Answer): Answer {
  if (typeof answer === "function" || !("json" in answer)) return { text: '{"a":' };
  return { status: answer.status, headers: answer.headers, text: JSON.stringify(answer.json).slice(0, -2) };
}

/** Narrows to a `TokenFlowError` with one of these codes. */
export function ensureCode(error: unknown, codes: readonly ErrorCode[], what: string): TokenFlowError {
  ensure(
    isTokenFlowError(error) && codes.includes(error.code),
    `${what} is ${codes.join(" or ")}, and is ${isTokenFlowError(error) ? error.code : String(error)}`,
  );
  return error;
}
