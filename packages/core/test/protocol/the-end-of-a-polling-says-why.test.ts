import { type Provider, pollForToken, requestDeviceCode, TokenFlowError } from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch, failureOf } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import { createTestProvider } from "../support/test-provider.ts";

const CODE: Answer = { json: { device_code: "secret", user_code: "AB-CD", expires_in: 900, interval: 5 } };
const LOST: Answer = { error: "ECONNRESET" };
const PAGE: Answer = { headers: { "content-type": "text/html" }, text: "<html>Welcome to our hotel" };
const START_AGAIN = "Start the sign-in again.";

const says = (error: string): Answer => ({ status: 400, json: { error } });

/** Polls until the answers end it. The last answer is that of every further poll. */
async function failureAfter(...answers: readonly Answer[]): Promise<TokenFlowError> {
  const clock = createFakeClock();
  let polls = 0;
  const { fetch } = createScriptedFetch(CODE, ...answers.map(() => next), () => next());
  function next(): Answer {
    polls += 1;
    return answers[Math.min(polls, answers.length) - 1] ?? LOST;
  }
  const provider = createTestProvider();
  const code = await requestDeviceCode(provider, { clock, fetch });
  const failure = failureOf(pollForToken(provider, code, { clock, fetch }));
  await clock.advance(1_000_000);
  return failure;
}

test("a sign-in that nobody approves", async () => {
  expect(
    await failureAfter(...Array.from({ length: 160 }, () => says("authorization_pending"))),
  ).toMatchObject({
    code: "device.expired",
    message: "Nobody approved the sign-in in time",
    hint: START_AGAIN,
  });
});

test.each(["expired_token", "incorrect_device_code", "invalid_grant"])(
  "%s after an answer was lost: that was most likely the approval",
  async (reason) => {
    expect(await failureAfter(LOST, says(reason))).toMatchObject({
      code: "device.unknown",
      message: "The service's answer was lost on the way, and it is sent only once",
      hint: START_AGAIN,
      reason,
    });
  },
);

test.each([
  ["access_denied", "device.denied", "The sign-in was denied"],
  ["invalid_client", "provider.misconfigured", "The service refuses the sign-in (invalid_client)"],
])("%s after an answer was lost is what the service says", async (reason, code, message) => {
  expect(await failureAfter(LOST, says(reason))).toMatchObject({ code, message, reason });
});

test("three pages of a hotel in a row", async () => {
  expect(await failureAfter(PAGE, PAGE, PAGE)).toMatchObject({
    code: "provider.malformed",
    message: "The service answered 200 with text/html 3 times in a row, which is no answer of OAuth",
    hint: "Check the service's address, and that no proxy or portal answers in its place. Then start the sign-in again.",
    status: 200,
  });
});

test("a 400 that a provider calls unavailable is trouble, however often, and no page of a hotel", async () => {
  const clock = createFakeClock();
  let polls = 0;
  const provider: Provider = {
    ...createTestProvider(),
    pollDeviceCode: async () => {
      polls += 1;
      if (polls > 4) return { status: "granted", grant: { refresh_token: "grant-1" } };
      throw new TokenFlowError("provider.unavailable", "busy", { status: 400 });
    },
  };
  const { fetch } = createScriptedFetch(CODE, { json: { access_token: "token-1", expires_in: 60 } });
  const code = await requestDeviceCode(provider, { clock, fetch });
  const polling = pollForToken(provider, code, { clock, fetch });
  await clock.advance(300_000);
  expect((await polling).token?.accessToken).toBe("token-1");
});
