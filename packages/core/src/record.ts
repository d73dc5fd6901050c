import { TokenFlowError } from "./errors.ts";
import { isJsonObject, type JsonObject, type JsonValue, parseJson } from "./json.ts";
import type { Grant } from "./provider.ts";

/** A session as it is stored. Durations and moments are milliseconds; on the wire they are seconds and ISO 8601. */
export interface SessionRecord {
  readonly token?: StoredToken | undefined;
  /** A random id of the sign-in, and a counter that every stored session raises and a mark leaves alone. */
  readonly revision: string;
  readonly provider: string;
  readonly account: string;
  readonly login?: string | undefined;
  readonly origin: "device" | "import" | "given";
  readonly grant?: Grant | undefined;
  /** This grant was redeemed and its answer brought no new one, so it may be sent again. */
  readonly outlived?: true | undefined;
  readonly mark?: Mark | undefined;
  readonly refused?: Refusal | undefined;
  readonly failed?: Failure | undefined;
  /** No redemption before this moment, by the service's own `Retry-After`. */
  readonly notBefore?: number | undefined;
  /** How many tokens in a row had been rejected within 30 s of their redemption when this one was redeemed. */
  readonly rejections?: number | undefined;
  /** Fields of others, kept. */
  readonly unknown?: JsonObject | undefined;
}

export interface StoredToken {
  readonly accessToken: string;
  readonly tokenType: string;
  readonly scope?: string | undefined;
  /** By the clock of the host that wrote it. */
  readonly issuedAt: number;
  /** The host that wrote it. */
  readonly issuedBy?: string | undefined;
  /** What the server's clock was ahead of that host's. */
  readonly clockOffset?: number | undefined;
  /** Absent where the token ends only by being rejected. */
  readonly lifetime?: number | undefined;
  readonly dueIn?: number | undefined;
  readonly details?: JsonObject | undefined;
}

/** Stands in the record before the grant is sent, so that a crash in between is seen. */
export interface Mark {
  /** A hash of the grant that was about to be sent. */
  readonly grant: string;
  readonly at: number;
  readonly owner: string;
  readonly attempt: number;
}

export interface Refusal {
  readonly grant: string;
  readonly at: number;
  readonly code?: string | undefined;
}

/** The last failed redemption, which binds every process until its pause is over. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly at: number;
  readonly count: number;
  /** Before the cap that depends on whether a token still lives. */
  readonly pause: number;
  readonly hint?: string | undefined;
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
}

const VERSION = 1;
const CACHE_FIELDS = new Set(["access_token", "token_type", "expires_in", "expires_at"]);
const CHECK = /,"check":"([0-9a-f]{8})"\}\s*$/;

/**
 * Writes a record. It begins with the four fields of the cache format, for programs that know only them,
 * and ends with a checksum, so that no changed byte can pass for another token.
 */
export function formatRecord(record: SessionRecord): string {
  const { token } = record;
  const body = JSON.stringify({
    access_token: token?.accessToken,
    token_type: token?.tokenType,
    expires_in: token?.lifetime === undefined ? undefined : token.lifetime / 1000,
    expires_at: token?.lifetime === undefined ? undefined : iso(token.issuedAt + token.lifetime),
    scope: token?.scope,
    issued_at: token && iso(token.issuedAt),
    issued_by: token?.issuedBy,
    clock_offset: token?.clockOffset === undefined ? undefined : token.clockOffset / 1000,
    refresh_in: token?.dueIn === undefined ? undefined : token.dueIn / 1000,
    details: token?.details,
    version: VERSION,
    revision: record.revision,
    provider: record.provider,
    account: record.account,
    login: record.login,
    origin: record.origin,
    grant: record.grant,
    outlived: record.outlived,
    mark: record.mark && { ...record.mark, at: iso(record.mark.at) },
    refused: record.refused && { ...record.refused, at: iso(record.refused.at) },
    failed: record.failed && { ...record.failed, at: iso(record.failed.at) },
    not_before: record.notBefore === undefined ? undefined : iso(record.notBefore),
    rejections: record.rejections,
    ...record.unknown,
  });
  return `${body.slice(0, -1)},"check":"${checksum(body.slice(0, -1))}"}`;
}

/**
 * Reads a record, or a file with just the four fields of the cache format: a session without a grant.
 * @throws `store.corrupt`, `store.newer`
 */
export function parseRecord(text: string): SessionRecord {
  const fields = parseJson(text);
  if (!isJsonObject(fields)) throw corrupt("it is not a JSON object");
  if (Object.keys(fields).every((name) => CACHE_FIELDS.has(name))) return parseCache(fields);
  const check = CHECK.exec(text);
  if (!check || checksum(text.slice(0, check.index)) !== check[1])
    throw corrupt("its checksum does not match");
  const { version } = fields;
  if (typeof version !== "number") throw corrupt("it has no version");
  if (version > VERSION) {
    throw new TokenFlowError(
      "store.newer",
      `The session was written by a newer TokenFlow (record version ${version})`,
      {
        hint: "Update TokenFlow.",
      },
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
  return defined({
    token:
      accessToken === undefined
        ? undefined
        : defined({
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
    origin: origin === "import" || origin === "given" ? origin : "device",
    grant: isJsonObject(grant) ? grant : undefined,
    outlived: outlived === true ? outlived : undefined,
    mark: stamped<Mark>(mark),
    refused: stamped<Refusal>(refused),
    failed: stamped<Failure>(failed),
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
  if (fields["expires_at"] !== undefined && end === undefined)
    throw corrupt("its expires_at is not a moment");
  return {
    token: defined({
      accessToken,
      tokenType: text(fields["token_type"]) ?? "Bearer",
      // Without a lifetime the age cannot be known: as if issued an hour before its end.
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
    hint: "Sign in again, or sign out; the old one is kept aside.",
  });
}

/** FNV-1a: a change of any one character changes it for certain. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** Drops what is undefined, so that two equal records are equal. */
function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

function iso(at: number): string {
  return new Date(at).toISOString();
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

function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw corrupt(`${name} is missing`);
  return value;
}

/** The checksum vouches for the shape of what we wrote ourselves. */
function stamped<T extends { readonly at: number }>(value: JsonValue | undefined): T | undefined {
  if (!isJsonObject(value)) return undefined;
  const at = moment(value["at"]);
  return at === undefined ? undefined : ({ ...value, at } as unknown as T);
}
