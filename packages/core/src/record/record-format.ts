import { TokenFlowError } from "../base/errors.ts";
import { isJsonObject, isNestedTooDeep, type JsonObject, omitUndefined, parseJson } from "../base/json.ts";
import { toShownText } from "../base/shown-text.ts";
import { hasChecksum, withChecksum } from "./checksum.ts";
import type { SessionRecord } from "./record.ts";
import {
  milliseconds,
  moment,
  readFailure,
  readIntent,
  readOrigin,
  readRejectedGrant,
  text,
} from "./record-fields.ts";

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
    id_token: token?.idToken,
    details: token?.details,
    version: VERSION,
    revision: record.revision,
    provider: record.provider,
    account: record.account,
    client: record.client,
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
  if (!isJsonObject(fields)) {
    throw corrupt(isNestedTooDeep(text) ? "it is nested too deeply" : "it is not a JSON object");
  }
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
    id_token: idToken,
    details,
    version: _version,
    revision,
    provider,
    account,
    client,
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
            idToken: text(idToken),
            details: isJsonObject(details) ? details : undefined,
          }),
    revision: required(text(revision), "revision"),
    provider: required(text(provider), "provider"),
    account: required(text(account), "account"),
    client: text(client),
    // Earlier versions stored it as the service sent it.
    login: toShownText(text(login) ?? "") || undefined,
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

/** A moment that no date can tell is left out: a service may ask to wait for ever. */
function iso(at: number | undefined): string | undefined {
  const date = new Date(at ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw corrupt(`${name} is missing`);
  return value;
}
