import { isJsonObject, type JsonObject, type JsonValue, omitUndefined } from "../base/json.ts";
import type { RedemptionIntent, RefreshFailure, RejectedGrant, SessionRecord } from "./record.ts";

// Each reader returns `undefined` for what it cannot read.

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

/** Reads where a session came from. Versions before the first release wrote "given" for "environment". */
export function readOrigin(value: JsonValue | undefined): SessionRecord["origin"] {
  if (value === "browser" || value === "import" || value === "environment") return value;
  return value === "given" ? "environment" : "device";
}

export function readIntent(value: JsonValue | undefined): RedemptionIntent | undefined {
  const intent = dated(value);
  if (!intent) return undefined;
  const { grant, owner, at, first, attempt, lock, ended } = intent;
  if (typeof grant !== "string" || typeof owner !== "string") return undefined;
  return omitUndefined({
    grant,
    owner,
    at,
    first: moment(first) ?? at,
    attempt: Number(attempt ?? 1),
    lock: text(lock),
    ended: ended === true ? ended : undefined,
  });
}

export function readRejectedGrant(value: JsonValue | undefined): RejectedGrant | undefined {
  const refusal = dated(value);
  const grant = text(refusal?.["grant"]);
  if (!refusal || grant === undefined) return undefined;
  return omitUndefined({
    grant,
    at: refusal.at,
    code: text(refusal["code"]),
    message: text(refusal["message"]),
  });
}

/** Error codes that earlier versions wrote under another name. */
const RENAMED_CODES: Readonly<Record<string, string>> = {
  "provider.wrong_app": "provider.client_not_allowed",
  "device.lost": "device.unknown",
};

export function readFailure(value: JsonValue | undefined): RefreshFailure | undefined {
  const failure = dated(value);
  if (!failure) return undefined;
  const { code, message, at, count, pause, hint, status, reason } = failure;
  const known = text(code) ?? "provider.unavailable";
  return omitUndefined({
    code: (Object.hasOwn(RENAMED_CODES, known) ? RENAMED_CODES[known] : undefined) ?? known,
    message: text(message) ?? "The last redemption failed",
    at,
    count: Number(count ?? 1),
    pause: Number(pause ?? 0),
    hint: text(hint),
    status: typeof status === "number" ? status : undefined,
    reason: text(reason),
  });
}

/** Narrows to an object with the date of its writing. */
function dated(value: JsonValue | undefined): (JsonObject & { readonly at: number }) | undefined {
  if (!isJsonObject(value)) return undefined;
  const at = moment(value["at"]);
  return at === undefined ? undefined : { ...value, at };
}
