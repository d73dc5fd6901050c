import { createTokenManager, type TokenManager } from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch, type FakeClock } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createTestProvider } from "../support/test-provider.ts";

const NOW = Date.UTC(2026, 0, 1);
const SECONDS = NOW / 1000;

const encode = (text: string): string => Buffer.from(text).toString("base64url");
const jwt = (payload: unknown): string =>
  `${encode('{"alg":"none"}')}.${encode(JSON.stringify(payload))}.signature`;

const timed = (iat: unknown, exp: unknown): string => jwt({ iat, exp });

interface JwtCase {
  readonly name: string;
  readonly token: string;
  /** The server's `Date`, `null` for none. By default the server's clock is ours. */
  readonly date?: number | null | undefined;
}

function redeemOnce({ token, date = NOW }: JwtCase): { clock: FakeClock; manager: TokenManager } {
  const clock = createFakeClock(NOW);
  const answer: Answer = () => ({
    headers: date === null ? {} : { date: new Date(date).toUTCString() },
    json: { access_token: token, expires_in: "jwt" },
  });
  const { fetch } = createScriptedFetch(answer);
  const grant = { refresh_token: "grant-1" };
  return { clock, manager: createTokenManager({ provider: createTestProvider(), grant, clock, fetch }) };
}

describe("a JWT lives as long as it claims:", () => {
  const DAY = 86_400_000;
  const cases: readonly (JwtCase & { readonly lifetime: number })[] = [
    { name: "exp − iat", token: timed(SECONDS, SECONDS + 600), lifetime: 600_000 },
    { name: "exp − iat, with fractions", token: timed(SECONDS + 0.25, SECONDS + 600.5), lifetime: 600_250 },
    {
      name: "exp − iat, without a Date",
      token: timed(SECONDS, SECONDS + 600),
      date: null,
      lifetime: 600_000,
    },
    {
      name: "exp − iat, where this machine's clock is a day behind",
      token: timed(SECONDS + 86_400, SECONDS + 87_000),
      date: NOW + DAY,
      lifetime: 600_000,
    },
    {
      name: "exp − iat, where this machine's clock is a day ahead",
      token: timed(SECONDS - 86_400, SECONDS - 85_800),
      date: NOW - DAY,
      lifetime: 600_000,
    },
    { name: "exp against Date", token: jwt({ exp: SECONDS + 90_000 }), date: NOW + DAY, lifetime: 3_600_000 },
    {
      name: "exp against our clock without a Date",
      token: jwt({ exp: SECONDS + 60 }),
      date: null,
      lifetime: 60_000,
    },
    { name: "exp, where iat is text", token: timed("now", SECONDS + 60), lifetime: 60_000 },
    {
      name: "base64url that is no base64",
      token: `e30.${encode(JSON.stringify({ who: "ÿþ>?~", iat: SECONDS, exp: SECONDS + 60 }))}.`,
      lifetime: 60_000,
    },
    {
      name: "base64url with padding",
      token: `e30.${btoa(JSON.stringify({ iat: SECONDS, exp: SECONDS + 60, x: 1 }))}.sig`,
      lifetime: 60_000,
    },
  ];
  for (const one of cases) {
    test(one.name, async () => {
      const { manager, clock } = redeemOnce(one);
      const token = await manager.getToken();
      expect(token.accessToken).toBe(one.token);
      expect(token.expiresAt).toBe(clock.now() + one.lifetime);
    });
  }
});

describe("counts as expired, without another error, and is never handed out:", () => {
  const cases: readonly JwtCase[] = [
    { name: "an opaque token", token: "gho_0123456789" },
    { name: "a token of nothing but dots", token: ".." },
    {
      name: "two segments",
      token: timed(SECONDS, SECONDS + 600)
        .split(".")
        .slice(0, 2)
        .join("."),
    },
    { name: "four segments", token: `${timed(SECONDS, SECONDS + 600)}.more` },
    { name: "bad base64", token: "e30.!!!!.sig" },
    { name: "base64 of one character too many", token: `e30.${encode('{"exp":1}')}A=.sig` },
    { name: "base64 of no JSON", token: `e30.${encode("not json")}.sig` },
    { name: "base64 of no UTF-8", token: `e30.${Buffer.from([0xff, 0xfe, 0x7b]).toString("base64url")}.sig` },
    { name: "a payload that is a list", token: jwt([SECONDS, SECONDS + 600]) },
    { name: "a payload that is null", token: jwt(null) },
    { name: "no exp", token: jwt({ iat: SECONDS }) },
    { name: "exp as text", token: timed(SECONDS, String(SECONDS + 600)) },
    { name: "exp that is null", token: timed(SECONDS, null) },
    { name: "exp beyond all numbers", token: `e30.${encode(`{"iat":${SECONDS},"exp":1e400}`)}.sig` },
    { name: "iat below all numbers", token: `e30.${encode(`{"iat":-1e400,"exp":${SECONDS + 600}}`)}.sig` },
    { name: "exp so far away that no calendar has it", token: timed(SECONDS, 1e15) },
    { name: "exp in the past", token: timed(SECONDS - 600, SECONDS - 1) },
    { name: "exp in the past, alone", token: jwt({ exp: SECONDS - 1 }) },
    { name: "exp in the past, alone, without a Date", token: jwt({ exp: SECONDS - 1 }), date: null },
    { name: "exp of this very moment", token: timed(SECONDS - 600, SECONDS) },
    { name: "exp before iat", token: timed(SECONDS, SECONDS - 600) },
    { name: "exp below zero", token: timed(SECONDS, -1) },
    { name: "iat in the future", token: timed(SECONDS + 3_600, SECONDS + 7_200) },
    { name: "no token at all", token: "" },
  ];
  for (const one of cases) {
    test(one.name, async () => {
      const { manager, clock } = redeemOnce(one);
      await expect(manager.getToken()).rejects.toMatchObject({ code: "provider.malformed" });
      expect(manager.peek()).toBeUndefined();
      await clock.advance(60_000);
      await expect(manager.getToken()).rejects.toMatchObject({ code: "provider.malformed" });
    });
  }
});
