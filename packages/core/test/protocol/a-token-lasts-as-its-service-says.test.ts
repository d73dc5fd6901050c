import { type Provider, pollForToken, requestDeviceCode, type Session } from "@tokenflow/core";
import type { Redemption } from "@tokenflow/core/provider";
import { createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { approved, createStage, fresh, signIn } from "../support/signed-in.ts";
import { createTestProvider } from "../support/test-provider.ts";

const CENTURY = 100 * 365 * 86_400_000;

/** Returns the session of a sign-in whose redemptions are these. */
async function signedIn(redeem: () => unknown): Promise<Session> {
  const clock = createFakeClock();
  const provider: Provider = { ...createTestProvider(), redeem: async () => redeem() as Redemption };
  const { fetch } = createScriptedFetch(...approved());
  const polling = pollForToken(provider, await requestDeviceCode(provider, { clock, fetch }), {
    clock,
    fetch,
  });
  await clock.advance(7_000);
  return polling;
}

const redeemed = (fields: object): Promise<Session> =>
  signedIn(() => ({ token: { accessToken: "token-1", tokenType: "Bearer", lifetime: 60_000, ...fields } }));

const jwt = (claims: object): string =>
  `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.c2ln`;

test.each([1_000, 3_600_000, CENTURY])("%i ms", async (lifetime) => {
  const { token } = await redeemed({ lifetime });
  expect((token?.expiresAt ?? 0) - (token?.issuedAt ?? 0)).toBe(lifetime);
});

test("the lifetime of a JWT is its own", async () => {
  const accessToken = jwt({ iat: 1_800_000_000, exp: 1_800_000_600 });
  const { token } = await redeemed({ accessToken, lifetime: "jwt" });
  expect((token?.expiresAt ?? 0) - (token?.issuedAt ?? 0)).toBe(600_000);
});

test("a token without an end has none", async () => {
  const { token } = await redeemed({ lifetime: "none" });
  expect(token).toMatchObject({ accessToken: "token-1", expiresAt: undefined });
});

test.each<readonly [string, object]>([
  ["less than a second", { lifetime: 999 }],
  ["more than a century", { lifetime: CENTURY + 1 }],
  ["a lifetime that is text", { lifetime: "3600000" }],
  ["a lifetime that is no number", { lifetime: Number.NaN }],
  ["a token that is no text", { accessToken: 5 }],
  ["a token without a type", { tokenType: "" }],
])("%s is refused", async (_, fields) => {
  const { token, failure } = await redeemed(fields);
  expect(token).toBeUndefined();
  expect(failure).toMatchObject({ code: "provider.malformed" });
});

test("a redemption that fails as nobody foresaw shows nothing of the error", async () => {
  const { failure } = await signedIn(() => {
    throw new TypeError("secret");
  });
  expect(failure).toMatchObject({
    code: "provider.malformed",
    message: "Test Service failed with an unexpected error",
  });
  expect(failure).not.toHaveProperty("cause");
});

test("three new grants without a token are enough", async () => {
  const { failure } = await signedIn(() => ({ grant: { refresh_token: "another" } }));
  expect(failure).toMatchObject({
    code: "provider.malformed",
    message: "Test Service returned 3 new grants in a row without an access token",
  });
});

test("without the server's date no difference of clocks is stored", async () => {
  const stage = createStage({}, ...approved(), fresh());
  await signIn(stage);
  const stored: unknown = JSON.parse(String(await stage.store.get("test/default")));
  expect(stored).toHaveProperty("access_token");
  expect(stored).not.toHaveProperty("clock_offset");
});
