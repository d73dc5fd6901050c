import {
  type DeviceCode,
  type HttpAnswer,
  isJsonObject,
  isLoopback,
  type JsonObject,
  type JsonValue,
  lifetimeUntil,
  type Model,
  type Quota,
  type RedeemedToken,
  readPollError,
} from "@tokenflow/core";
import type { HyperGrant } from "./grant.ts";

/** The only file that knows Hyper's wire names. Readers answer `undefined` for whatever is not of the protocol. */

const DEVICE_CODE_LIFETIME = 900_000;
/** Some thousand years in seconds: beyond it no clock can count. */
const LONGEST = 1e11;

export const wire = {
  startBody: (deviceName: string): JsonValue => ({ device_name: deviceName }),
  exchangeBody: (refreshToken: string): JsonValue => ({ refresh_token: refreshToken }),
  introspectBody: (accessToken: string): JsonValue => ({ token: accessToken }),
};

/** The address is called `verification_url` here; RFC 8628's spelling is read too. */
export function readDeviceCode({ json }: HttpAnswer): DeviceCode | undefined {
  const body = objectOf(json);
  const deviceCode = secretOf(body["device_code"]);
  const userCode = textOf(body["user_code"]);
  const verificationUri = linkOf(body["verification_url"]) ?? linkOf(body["verification_uri"]);
  if (!deviceCode || !userCode || !verificationUri) return undefined;
  const complete = linkOf(body["verification_url_complete"]) ?? linkOf(body["verification_uri_complete"]);
  const interval = durationOf(body["interval"]);
  return {
    deviceCode,
    userCode,
    verificationUri,
    ...(complete ? { verificationUriComplete: complete } : {}),
    lifetime: durationOf(body["expires_in"]) ?? DEVICE_CODE_LIFETIME,
    ...(interval === undefined ? {} : { interval }),
  };
}

/** Newer answers name a team, older ones an organization: the same thing. */
export function readGranted({ json }: HttpAnswer): HyperGrant | undefined {
  const body = objectOf(json);
  const refreshToken = secretOf(body["refresh_token"]);
  if (refreshToken === undefined) return undefined;
  return {
    refreshToken,
    userId: textOf(body["user_id"]),
    teamId: textOf(body["team_id"]) ?? textOf(body["organization_id"]),
    teamName: textOf(body["team_name"]) ?? textOf(body["organization_name"]),
  };
}

/** An exchange's answer: the two parts are read apart, so that a rotated grant survives an unreadable token. */
export interface Exchanged {
  readonly refreshToken?: string | undefined;
  readonly token?: Pick<RedeemedToken, "accessToken" | "tokenType" | "lifetime"> | undefined;
}

export function readExchanged(answer: HttpAnswer, now: number): Exchanged {
  const body = objectOf(answer.json);
  if (answer.status < 200 || answer.status > 299) return {};
  const accessToken = secretOf(body["access_token"]);
  return {
    refreshToken: secretOf(body["refresh_token"]),
    token:
      accessToken === undefined
        ? undefined
        : {
            accessToken,
            tokenType: schemeOf(body["token_type"]),
            lifetime: lifetimeOf(body, answer, now),
          },
  };
}

/**
 * Relative seconds first, then the moment as a number, then as text (`expiry`, RFC 3339). Where none can be
 * read the token has to say itself when it ends: a lifetime is never invented.
 */
function lifetimeOf(body: JsonObject, answer: HttpAnswer, now: number): number | "jwt" {
  const relative = durationOf(body["expires_in"]);
  if (relative !== undefined) return relative;
  const end = durationOf(body["expires_at"]);
  if (end !== undefined) return lifetimeUntil(end, answer, now);
  const expiry = body["expiry"];
  const moment = typeof expiry === "string" ? Date.parse(expiry) : Number.NaN;
  return Number.isNaN(moment) ? "jwt" : lifetimeUntil(moment, answer, now);
}

/** Whether the service says, in words of its own, that this refresh token is no longer good. */
export function isRefusedGrant({ status, json }: HttpAnswer): boolean {
  return (
    (status === 400 || status === 401) &&
    /not found|revoked|invalid_grant|expired/i.test(errorWords(json) ?? "")
  );
}

/** What was said, in either of the two shapes `{error: "…"}` and `{error: {message, code}}`. */
export function errorWords(json: JsonValue | undefined): string | undefined {
  const body = objectOf(json);
  const { error } = body;
  const inner = objectOf(error);
  return textOf(error) ?? textOf(inner["message"]) ?? textOf(inner["code"]) ?? textOf(body["message"]);
}

/** Answers `undefined` for a success; see core's `readPollError`, which is kept from words that could be secrets. */
export function readPoll(answer: HttpAnswer): ReturnType<typeof readPollError> {
  const error = objectOf(answer.json)["error"];
  const isWord = typeof error !== "string" || /^[a-z_]{1,40}$/.test(error);
  return readPollError(isWord ? answer : { ...answer, json: { error: "unknown_error" } });
}

export interface Introspection {
  readonly active: boolean;
  readonly subject?: string | undefined;
}

export function readIntrospection({ status, json }: HttpAnswer): Introspection | undefined {
  const body = objectOf(json);
  const { active } = body;
  if (status !== 200 || typeof active !== "boolean") return undefined;
  return { active, subject: textOf(body["sub"]) };
}

/** A team may hide its hypercredits, then the balance is in dollars. */
export function readCredits({ status, json }: HttpAnswer): Quota | undefined {
  const { balance, balance_usd: dollars } = objectOf(json);
  if (status !== 200) return undefined;
  if (isNumber(balance)) return { name: "credits", remaining: balance, unit: "hypercredits" };
  if (isNumber(dollars)) return { name: "credits", remaining: dollars, unit: "USD" };
  return undefined;
}

/** Each entry for itself: one that cannot be read does not hide the others. */
export function readModels({ status, json }: HttpAnswer): readonly Model[] | undefined {
  const { models } = objectOf(json);
  if (status !== 200 || !Array.isArray(models)) return undefined;
  const found = new Map<string, Model>();
  for (const entry of models) {
    const body = objectOf(entry);
    const id = textOf(body["id"]);
    if (id === undefined || found.has(id)) continue;
    const { name, context_window: contextWindow, can_reason: reasoning, supports_attachments: vision } = body;
    found.set(id, {
      id,
      ...(textOf(name) === undefined ? {} : { name: textOf(name) }),
      ...(isNumber(contextWindow) ? { contextWindow } : {}),
      ...(typeof vision === "boolean" ? { vision } : {}),
      ...(typeof reasoning === "boolean" ? { reasoning } : {}),
    });
  }
  return [...found.values()];
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** What can stand in a header and an address; anything else is no secret of this service. */
function secretOf(value: unknown): string | undefined {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value) ? value : undefined;
}

/** The word before the token in `Authorization`. */
function schemeOf(value: unknown): string {
  return typeof value === "string" && /^[A-Za-z][\w-]*$/.test(value) ? value : "Bearer";
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** Positive seconds, also as text, in milliseconds. */
function durationOf(value: unknown): number | undefined {
  const seconds = typeof value === "string" && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  return isNumber(seconds) && seconds > 0 && seconds < LONGEST ? seconds * 1000 : undefined;
}

/** An address that a browser may be pointed at. */
function linkOf(value: unknown): string | undefined {
  const url = typeof value === "string" ? URL.parse(value) : null;
  const safe = url && (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname)));
  return safe && !url.username && !url.password ? url.href : undefined;
}
