import { pollForToken, requestDeviceCode } from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { createTestProvider } from "../support/test-provider.ts";

const CODE: Answer = { json: { device_code: "secret", user_code: "AB-CD", expires_in: 900, interval: 5 } };
const PENDING: Answer = { status: 400, json: { error: "authorization_pending" } };
const HANG: Answer = { hang: true };

/** Runs pending promises, without timers and I/O: the rest of this tick. */
async function restOfTick(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
}

async function begin(...answers: Answer[]) {
  const clock = createFakeClock();
  const abort = new AbortController();
  const script = createScriptedFetch(CODE, ...answers);
  const options = { clock, fetch: script.fetch, signal: abort.signal };
  const provider = createTestProvider();
  const code = await requestDeviceCode(provider, options);
  let ended: unknown;
  pollForToken(provider, code, options).catch((error: unknown) => {
    ended = error;
  });
  return { clock, abort, script, ended: () => ended };
}

describe("an abort ends a sign-in at once", () => {
  const moments = { "while it waits": 3_000, "while a poll hangs": 8_000, "while it backs off": 40_000 };
  for (const [name, moment] of Object.entries(moments)) {
    test(name, async () => {
      const { clock, abort, script, ended } = await begin(HANG, PENDING);
      await clock.advance(moment);
      const polls = script.requests.length;
      const reason = new Error("changed my mind");
      abort.abort(reason);
      await restOfTick();
      expect(ended()).toBe(reason);
      await clock.settle();
      expect(clock.pending).toEqual([]);
      await clock.advance(1_000_000);
      expect(script.requests).toHaveLength(polls);
    });
  }

  test("before it begins", async () => {
    const { clock, abort, script, ended } = await begin();
    abort.abort("no");
    await clock.advance(20_000);
    expect(ended()).toBe("no");
    expect(script.requests).toHaveLength(1);
  });

  test("while the device code is requested", async () => {
    const clock = createFakeClock();
    const abort = new AbortController();
    const { fetch } = createScriptedFetch(HANG);
    let ended: unknown;
    const asking = requestDeviceCode(createTestProvider(), { clock, fetch, signal: abort.signal });
    asking.catch((error: unknown) => {
      ended = error;
    });
    await clock.advance(1_000);
    abort.abort("no");
    await restOfTick();
    expect(ended).toBe("no");
    await clock.settle();
    expect(clock.pending).toEqual([]);
  });
});

test("a signal that never aborts leaves the deadline in force", async () => {
  const { clock, ended } = await begin(() => PENDING);
  await clock.advance(900_000);
  expect(ended()).toMatchObject({ code: "device.expired" });
  expect(clock.pending).toEqual([]);
});

test("an answer after the abort changes nothing", async () => {
  const answered = Promise.withResolvers<Answer>();
  const { clock, abort, script, ended } = await begin(() => answered.promise);
  await clock.advance(7_000);
  abort.abort("no");
  answered.resolve({ json: { refresh_token: "grant-1" } });
  await clock.advance(100_000);
  expect(ended()).toBe("no");
  expect(script.requests.map(({ url }) => new URL(url).pathname)).toEqual(["/device", "/poll"]);
});
