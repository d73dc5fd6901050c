import { type HttpAnswer, readPollError } from "@tokenflow/core/provider";
import { failureOf } from "@tokenflow/core/testing";
import { expect, test } from "vitest";

const answer = (status: number, json?: HttpAnswer["json"], type?: string): HttpAnswer => ({
  status,
  headers: new Headers(type === undefined ? {} : { "content-type": type }),
  text: "",
  json,
});
const errorOf = (given: HttpAnswer) => failureOf(Promise.resolve().then(() => readPollError(given)));

const START_AGAIN = "Start the sign-in again.";
const SETTINGS = "Check the client id and the server's settings for the device flow.";

test.each<readonly [string, number, string, string, string]>([
  ["access_denied", 400, "device.denied", "The sign-in was denied", START_AGAIN],
  ["expired_token", 200, "device.expired", "The code has expired", START_AGAIN],
  ["incorrect_device_code", 200, "device.unknown", "The service no longer knows this code", START_AGAIN],
  ["invalid_grant", 400, "device.unknown", "The service no longer knows this code", START_AGAIN],
  [
    "interaction_required",
    400,
    "provider.forbidden",
    "The service requires more than this sign-in",
    "Ask the administrators of the account what the sign-in must meet.",
  ],
  [
    "invalid_client",
    401,
    "provider.misconfigured",
    "The service refuses the sign-in (invalid_client)",
    SETTINGS,
  ],
  ["teapot", 418, "provider.malformed", "The service answered 418 to the poll (teapot)", START_AGAIN],
])("%s with status %i is %s", async (reason, status, code, message, hint) => {
  expect(await errorOf(answer(status, { error: reason }))).toMatchObject({
    code,
    message,
    hint,
    status,
    reason,
  });
  const described = answer(status, { error: reason, error_description: "Ask Ada" });
  expect(await errorOf(described)).toMatchObject({ message: `${message}: Ask Ada` });
});

test("an answer without a code is named by its status", async () => {
  expect(await errorOf(answer(404))).toMatchObject({
    code: "provider.malformed",
    message: "The service answered 404 to the poll",
    reason: undefined,
  });
});

test.each<readonly [HttpAnswer, string, true | undefined]>([
  [answer(503), "The service answered 503", undefined],
  [answer(502, undefined, "text/html"), "The service answered 502", undefined],
  [answer(302, undefined, "text/html"), "The service answered 302", undefined],
  [answer(300, undefined, "text/html"), "The service answered 300", undefined],
  [answer(300, { access_token: "a" }), "The service answered 300", undefined],
  [answer(200, undefined, "text/html; charset=utf-8"), "The service answered 200 with text/html", undefined],
  [
    answer(200, undefined, "Application/VND.a+xml"),
    "The service answered 200 with Application/VND.a+xml",
    undefined,
  ],
  [answer(200, undefined, "<script>"), "The service answered 200", undefined],
  [answer(200, undefined, "a token: text/html"), "The service answered 200", undefined],
  [
    answer(200, undefined, `text/${"x".repeat(41)}`),
    `The service answered 200 with text/${"x".repeat(40)}`,
    undefined,
  ],
  [answer(200), "The service answered 200", undefined],
  [answer(200, ["a list"], "application/json"), "The service answered 200", undefined],
  [answer(500, { error: "server_error" }), "The service answered 500", undefined],
  [answer(499, { error: "server_error" }), "The service answered 499", true],
  [answer(400, { error: "temporarily_unavailable" }), "The service answered 400", true],
])("%o may succeed later", async (given, message, grantUnused) => {
  expect(await errorOf(given)).toMatchObject({
    code: "provider.unavailable",
    status: given.status,
    message,
    grantUnused,
  });
});

test.each<readonly [HttpAnswer, string | undefined]>([
  [answer(429), undefined],
  [answer(429, { error: "teapot" }), "teapot"],
  [answer(403, { error: "rate_limited" }), "rate_limited"],
])("%o asks to poll less often", async (given, reason) => {
  expect(await errorOf({ ...given, retryAfter: 7_000 })).toMatchObject({
    code: "provider.rate_limited",
    message: "The service asks to poll less often",
    status: given.status,
    retryAfter: 7_000,
    reason,
  });
});

test.each<readonly [HttpAnswer, ReturnType<typeof readPollError>]>([
  [answer(200, { access_token: "a" }), undefined],
  [answer(200, { error: "authorization_pending" }), { status: "pending" }],
  [answer(200, { status: "authorization_pending" }), { status: "pending" }],
  [answer(400, { error: "slow_down" }), { status: "slow_down" }],
  [answer(400, { error: "slow_down", interval: 7 }), { status: "slow_down", interval: 7_000 }],
  [answer(400, { error: "slow_down", interval: 0 }), { status: "slow_down" }],
  [answer(400, { error: "slow_down", interval: "soon" }), { status: "slow_down" }],
])("%o is no error", (given, result) => {
  expect(readPollError(given)).toEqual(result);
});

test.each([200, 201, 299])("a %i whose `error` says nothing is left to the provider", (status) => {
  for (const error of [undefined, null, "", false, 0]) {
    const json = error === undefined ? { access_token: "a" } : { access_token: "a", error };
    expect(readPollError(answer(status, json))).toBeUndefined();
  }
});

test("an object with another status is no success", async () => {
  const error = await errorOf(answer(404, { access_token: "a", error: null }));
  expect(error.code).toBe("provider.malformed");
});
