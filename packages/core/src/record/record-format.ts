import { TokenFlowError } from "../base/errors.ts";
import { isJsonObject, type JsonObject, type JsonValue, omitUndefined, parseJson } from "../base/json.ts";

import { hasChecksum, withChecksum } from "./checksum.ts";
import type { RedemptionIntent, RefreshFailure, RejectedGrant, SessionRecord } from "./record.ts";

const VERSION = 1;
const CACHE_FIELDS = new Set(["access_token", "token_type", "expires_in", "expires_at"]);

/**
 * Writes a record. It begins with the four fields of the cache format, for programs that know only those, and ends
 * with a checksum, so that a changed byte cannot pass for another token.
 */
export function formatRecord(record: SessionRecord): string {
  const { token } = record;
  const text = JSON.stringify({
    access_token: token?.accessToken,
    token_type: token?.tokenType,
    expires_in: seconds(token?.lifetime),
    expires_at: token?.lifetime === undefined ? undefined : iso(token.issuedAt + token.lifetime),
    scope: token?.scope,
    issued_at: iso(token?.issuedAt),
    issued_by: token?.issuedBy,
    clock_offset: seconds(token?.clockOffset),
    refresh_in: seconds(token?.dueIn),
    details: token?.details,
    version: VERSION,
    revision: record.revision,
    provider: record.provider,
    account: record.account,
    login: record.login,
    origin: record.origin,
    grant: record.grant,
    outlived: record.grantReusable,
    mark: record.intent && { ...record.intent, at: iso(record.intent.at), first: iso(record.intent.first) },
    refused: record.rejectedGrant && { ...record.rejectedGrant, at: iso(record.rejectedGrant.at) },
    failed: record.lastFailure && { ...record.lastFailure, at: iso(record.lastFailure.at) },
    not_before: iso(record.notBefore),
    rejections: record.rejections,
    ...record.unknown,
  });
  return withChecksum(text);
}

/**
 * Reads a record, or a file with only the four fields of the cache format, which is a session without a grant.
 * @throws `store.corrupt`, `store.newer`
 */
export function parseRecord(text: string): SessionRecord {
  const fields = parseJson(text);
  if (!isJsonObject(fields)) throw corrupt("it is not a JSON object");
  if (Object.keys(fields).every((name) => CACHE_FIELDS.has(name))) return parseCache(fields);
  if (!hasChecksum(text)) throw corrupt("its checksum does not match");
  const { version } = fields;
  if (typeof version !== "number") throw corrupt("it has no version");
  if (version > VERSION) {
    throw new TokenFlowError(
      "store.newer",
      `The session was written by a newer TokenFlow (record version ${version})`,
      { hint: "Update TokenFlow." },
    );
  }
  return readFields(fields);
}

function readFields(fields: JsonObject): SessionRecord {
  const {
    access_token: accessToken,
    token_type: tokenType,
    expires_in: expiresIn,
    expires_at: _expiresAt,
    scope,
    issued_at: issuedAt,
    issued_by: issuedBy,
    clock_offset: clockOffset,
    refresh_in: refreshIn,
    details,
    version: _version,
    revision,
    provider,
    account,
    login,
    origin,
    grant,
    outlived,
    mark,
    refused,
    failed,
    not_before: notBefore,
    rejections,
    check: _check,
    ...unknown
  } = fields;
  const optional = { scope: text(scope), issuedBy: text(issuedBy), clockOffset: milliseconds(clockOffset) };
  return omitUndefined({
    token:
      accessToken === undefined
        ? undefined
        : omitUndefined({
            accessToken: required(text(accessToken), "access_token"),
            tokenType: required(text(tokenType), "token_type"),
            ...optional,
            issuedAt: required(moment(issuedAt), "issued_at"),
            lifetime: milliseconds(expiresIn),
            dueIn: milliseconds(refreshIn),
            details: isJsonObject(details) ? details : undefined,
          }),
    revision: required(text(revision), "revision"),
    provider: required(text(provider), "provider"),
    account: required(text(account), "account"),
    login: text(login),
    origin: readOrigin(origin),
    grant: isJsonObject(grant) ? grant : undefined,
    grantReusable: outlived === true ? outlived : undefined,
    intent: readIntent(mark),
    rejectedGrant: readRejectedGrant(refused),
    lastFailure: readFailure(failed),
    notBefore: moment(notBefore),
    rejections: typeof rejections === "number" ? rejections : undefined,
    unknown: Object.keys(unknown).length > 0 ? unknown : undefined,
  });
}

function parseCache(fields: JsonObject): SessionRecord {
  const accessToken = text(fields["access_token"]);
  if (!accessToken) throw corrupt("it has no access_token");
  const end = moment(fields["expires_at"]);
  const lifetime = milliseconds(fields["expires_in"]);
  if (fields["expires_at"] !== undefined && end === undefined) throw corrupt("its expires_at is not a date");
  return {
    token: omitUndefined({
      accessToken,
      tokenType: text(fields["token_type"]) ?? "Bearer",
      // Without a lifetime the age is unknown: treat it as issued an hour before its end.
      issuedAt: (end ?? 0) - (lifetime ?? 3_600_000),
      lifetime: end === undefined ? undefined : (lifetime ?? 3_600_000),
    }),
    revision: "",
    provider: "",
    account: "",
    origin: "import",
  };
}

function corrupt(why: string): TokenFlowError {
  return new TokenFlowError("store.corrupt", `The stored session cannot be read: ${why}`, {
    hint: "Sign in again, or sign out. The old record is kept.",
  });
}

function iso(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw corrupt(`${name} is missing`);
  return value;
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function milliseconds(seconds: JsonValue | undefined): number | undefined {
  return typeof seconds === "number" ? Math.round(seconds * 1000) : undefined;
}

function moment(value: JsonValue | undefined): number | undefined {
  const at = typeof value === "string" ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

/** Reads where a session came from. Versions before the first release wrote "given" for "environment". */
function readOrigin(value: JsonValue | undefined): SessionRecord["origin"] {
  if (value === "import" || value === "environment") return value;
  return value === "given" ? "environment" : "device";
}

function readIntent(value: JsonValue | undefined): RedemptionIntent | undefined {
  const mark = dated(value);
  if (!mark) return undefined;
  const { grant, owner, at, first, attempt } = mark;
  if (typeof grant !== "string" || typeof owner !== "string") return undefined;
  return { grant, owner, at, first: moment(first) ?? at, attempt: Number(attempt ?? 1) };
}

function readRejectedGrant(value: JsonValue | undefined): RejectedGrant | undefined {
  const refusal = dated(value);
  const grant = text(refusal?.["grant"]);
  if (!refusal || grant === undefined) return undefined;
  return omitUndefined({ grant, at: refusal.at, code: text(refusal["code"]) });
}

/** Error codes that earlier versions wrote under another name. */
const RENAMED_CODES: Readonly<Record<string, string>> = {
  "provider.wrong_app": "provider.client_not_allowed",
  "device.lost": "device.unknown",
};

function readFailure(value: JsonValue | undefined): RefreshFailure | undefined {
  const failure = dated(value);
  if (!failure) return undefined;
  const { code, message, at, count, pause, hint, status, reason } = failure;
  const known = text(code) ?? "provider.unavailable";
  return omitUndefined({
    code: RENAMED_CODES[known] ?? known,
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
