import { type HttpAnswer, lifetimeUntil, redeemError } from "@tokenflow/core/provider";
import { expect, test } from "vitest";

const answer = (status: number, error?: string, more: Partial<HttpAnswer> = {}): HttpAnswer => ({
  status,
  headers: new Headers(),
  text: "",
  ...(error === undefined ? {} : { json: { error } }),
  ...more,
});

test.each<readonly [HttpAnswer, string, "unused" | "perhaps used"]>([
  [answer(429), "provider.rate_limited", "unused"],
  [answer(429, "teapot"), "provider.rate_limited", "unused"],
  [answer(403, undefined, { retryAfter: 1_000 }), "provider.rate_limited", "unused"],
  [answer(403, "teapot", { retryAfter: 1_000 }), "provider.misconfigured", "unused"],
  [answer(403), "provider.malformed", "perhaps used"],
  [answer(400, "slow_down"), "provider.rate_limited", "unused"],
  [answer(503, "slow_down"), "provider.rate_limited", "unused"],
  [answer(302, "slow_down"), "provider.rate_limited", "unused"],
  [answer(408), "provider.unavailable", "perhaps used"],
  [answer(408, "invalid_request"), "provider.unavailable", "perhaps used"],
  [answer(500), "provider.unavailable", "perhaps used"],
  [answer(500, "server_error"), "provider.unavailable", "perhaps used"],
  [answer(500, "server_error", { retryAfter: 1_000 }), "provider.unavailable", "perhaps used"],
  [answer(503), "provider.unavailable", "perhaps used"],
  [answer(503, undefined, { retryAfter: 0 }), "provider.unavailable", "unused"],
  [answer(503, "temporarily_unavailable"), "provider.unavailable", "unused"],
  [answer(400, "temporarily_unavailable"), "provider.unavailable", "unused"],
  [answer(200, "access_denied"), "provider.forbidden", "unused"],
  [answer(403, "access_denied"), "provider.forbidden", "unused"],
  [answer(200, "invalid_client"), "provider.misconfigured", "unused"],
  [answer(299, "teapot"), "provider.misconfigured", "unused"],
  [answer(400, "invalid_scope"), "provider.misconfigured", "unused"],
  [answer(499, "teapot"), "provider.misconfigured", "unused"],
  [answer(300, "teapot"), "provider.malformed", "perhaps used"],
  [answer(302, "invalid_scope"), "provider.malformed", "perhaps used"],
  [answer(399, "teapot"), "provider.malformed", "perhaps used"],
  [answer(200), "provider.malformed", "perhaps used"],
  [answer(400), "provider.malformed", "perhaps used"],
])("%o is %s, and the grant is %s", (given, code, use) => {
  expect(redeemError(given, "Acme")).toMatchObject({
    code,
    status: given.status,
    retryAfter: given.retryAfter,
    grantUnused: use === "unused" ? true : undefined,
  });
});

test.each<readonly [HttpAnswer, string, string | undefined]>([
  [answer(500), "Acme answered 500", undefined],
  [answer(400, "invalid_scope"), "Acme answered 400 (invalid_scope)", "invalid_scope"],
  [
    answer(400, undefined, { json: { error: "invalid_scope", error_description: "No such scope" } }),
    "Acme answered 400 (invalid_scope): No such scope",
    "invalid_scope",
  ],
  [answer(404, undefined, { json: { message: "Not found" } }), "Acme answered 404: Not found", undefined],
])("%o is said in one sentence", (given, message, reason) => {
  expect(redeemError(given, "Acme")).toMatchObject({ message, reason });
});

test("a lifetime is counted from the server's date, or from this clock if there is none", () => {
  expect(lifetimeUntil(10_000, answer(200, undefined, { date: 4_000 }), 9_000)).toBe(6_000);
  expect(lifetimeUntil(10_000, answer(200), 9_000)).toBe(1_000);
});
