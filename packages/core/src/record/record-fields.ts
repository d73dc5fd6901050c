import { isJsonObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { defined } from "../base/omit-undefined.ts";
import type { Failure, Mark, Refusal } from "./record.ts";

/** What the fields of a record say in our words; each answers `undefined` for what it cannot read. */

export function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function milliseconds(seconds: JsonValue | undefined): number | undefined {
  return typeof seconds === "number" ? Math.round(seconds * 1000) : undefined;
}

export function moment(value: JsonValue | undefined): number | undefined {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

export function readMark(value: JsonValue | undefined): Mark | undefined {
  const mark = dated(value);
  if (!mark) return undefined;
  const { grant, owner, attempt } = mark;
  if (typeof grant !== "string" || typeof owner !== "string") return undefined;
  return {
    grant,
    owner,
    at: mark.at,
    first: moment(mark["first"]) ?? mark.at,
    attempt: Number(attempt ?? 1),
  };
}

export function readRefusal(value: JsonValue | undefined): Refusal | undefined {
  const refusal = dated(value);
  const grant = text(refusal?.["grant"]);
  if (!refusal || grant === undefined) return undefined;
  return defined({ grant, at: refusal.at, code: text(refusal["code"]) });
}

export function readFailure(value: JsonValue | undefined): Failure | undefined {
  const failure = dated(value);
  if (!failure) return undefined;
  const { code, message, at, count, pause, hint, status, reason } = failure;
  return defined({
    code: text(code) ?? "provider.unavailable",
    message: text(message) ?? "The last redemption failed",
    at,
    count: Number(count ?? 1),
    pause: Number(pause ?? 0),
    hint: text(hint),
    status: typeof status === "number" ? status : undefined,
    reason: text(reason),
  });
}

/** An object that says when it was written. */
function dated(value: JsonValue | undefined): (JsonObject & { readonly at: number }) | undefined {
  if (!isJsonObject(value)) return undefined;
  const at = moment(value["at"]);
  return at === undefined ? undefined : { ...value, at };
}
