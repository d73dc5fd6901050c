import type { Model, Quota } from "@tokenflow/core";
import {
  asLabel,
  asNumber,
  asObject,
  asPlainName,
  asSeconds,
  asSecret,
  asString,
  asTimestamp,
  asTokenType,
  type HttpAnswer,
  type JsonObject,
  type JsonValue,
  lifetimeUntil,
  okJson,
  omitUndefined,
  type RedeemedToken,
} from "@tokenflow/core/provider";
import type { HyperGrant } from "./grant.ts";

/** The only file with Hyper's wire names. Readers return `undefined` for anything that is not of the protocol. */

/** Patterns of Hyper's secrets, for `redact()`: a device code is part of the address that it is polled at. */
export const hyperSecretPatterns: readonly RegExp[] = [/(\/device\/auth\/)[^\s"'/?]+/g];

export const wire = {
  startBody: (deviceName: string): JsonValue => ({ device_name: deviceName }),
  exchangeBody: (refreshToken: string): JsonValue => ({ refresh_token: refreshToken }),
  introspectBody: (accessToken: string): JsonValue => ({ token: accessToken }),
};

/** Reads a granted consent. Newer answers name a team, older ones an organization: the same thing. */
export function readGranted({ json }: HttpAnswer): HyperGrant | undefined {
  const body = asObject(json);
  const refreshToken = asSecret(body["refresh_token"]);
  if (refreshToken === undefined) return undefined;
  return {
    refreshToken,
    userId: asString(body["user_id"]),
    teamId: asString(body["team_id"]) ?? asString(body["organization_id"]),
    teamName: asLabel(body["team_name"]) ?? asLabel(body["organization_name"]),
  };
}

/** The answer to an exchange. Its parts are read separately, so that a rotated grant survives an unreadable token. */
export interface Exchanged {
  readonly refreshToken?: string | undefined;
  readonly token?: Pick<RedeemedToken, "accessToken" | "tokenType" | "lifetime"> | undefined;
}

export function readExchanged(answer: HttpAnswer, now: number): Exchanged {
  const body = okJson(answer);
  const accessToken = asSecret(body["access_token"]);
  return {
    refreshToken: asSecret(body["refresh_token"]),
    token:
      accessToken === undefined
        ? undefined
        : {
            accessToken,
            tokenType: asTokenType(body["token_type"]),
            lifetime: lifetimeOf(body, answer, now),
          },
  };
}

/**
 * Reads relative seconds first, then the time of expiry as a number, then as text (`expiry`, RFC 3339). If none can be
 * read, the token itself must have an expiry: a lifetime is never invented.
 */
function lifetimeOf(body: JsonObject, answer: HttpAnswer, now: number): number | "jwt" {
  const relative = asSeconds(body["expires_in"]);
  if (relative !== undefined) return relative;
  const end = asTimestamp(body["expires_at"]) ?? asTimestamp(body["expiry"]);
  return end === undefined ? "jwt" : lifetimeUntil(end, answer, now);
}

/** Returns `true` if the service says that this refresh token is no longer good. */
export function isRefusedGrant({ status, json }: HttpAnswer): boolean {
  return (
    (status === 400 || status === 401) &&
    /not found|revoked|invalid_grant|expired/i.test(errorWords(json) ?? "")
  );
}

/** Reads the error text, in either of the shapes `{error: "…"}` and `{error: {message, code}}`. */
export function errorWords(json: JsonValue | undefined): string | undefined {
  const body = asObject(json);
  const { error } = body;
  const inner = asObject(error);
  return (
    asString(error) ?? asString(inner["message"]) ?? asString(inner["code"]) ?? asString(body["message"])
  );
}

export interface Introspection {
  readonly active: boolean;
  readonly subject?: string | undefined;
}

export function readIntrospection({ status, json }: HttpAnswer): Introspection | undefined {
  const body = asObject(json);
  const { active } = body;
  if (status !== 200 || typeof active !== "boolean") return undefined;
  return { active, subject: asLabel(body["sub"]) };
}

/** Reads the balance: in hypercredits, or in dollars if the team hides its hypercredits. */
export function readCredits({ status, json }: HttpAnswer): Quota | undefined {
  const body = asObject(json);
  if (status !== 200) return undefined;
  const credits = asNumber(body["balance"]);
  if (credits !== undefined) return { name: "credits", remaining: credits, unit: "hypercredits" };
  const dollars = asNumber(body["balance_usd"]);
  return dollars === undefined ? undefined : { name: "credits", remaining: dollars, unit: "USD" };
}

/** Reads each entry by itself: an unreadable one does not hide the others. */
export function readModels({ status, json }: HttpAnswer): readonly Model[] | undefined {
  const { models } = asObject(json);
  if (status !== 200 || !Array.isArray(models)) return undefined;
  const found = new Map<string, Model>();
  for (const entry of models) {
    const { can_reason: reasoning, ...body } = asObject(entry);
    const id = asPlainName(body["id"]);
    if (id === undefined || found.has(id)) continue;
    const said = omitUndefined({
      name: asLabel(body["name"]),
      contextWindow: asNumber(body["context_window"]),
      reasoning: typeof reasoning === "boolean" ? reasoning : undefined,
    });
    found.set(id, { id, ...said });
  }
  return [...found.values()];
}
