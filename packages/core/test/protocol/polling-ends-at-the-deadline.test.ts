import { requestDeviceCode } from "@tokenflow/core";
import { createFakeClock, createScriptedFetch, failureOf } from "@tokenflow/core/testing";
import { expect, test } from "vitest";
import {
  BAD_GATEWAY,
  GRANTED,
  PENDING,
  type PollCase,
  pollThrough,
  SLOW_DOWN,
} from "../support/poll-through.ts";
import { createTestProvider } from "../support/test-provider.ts";

const HOUR = 3_600_000;
const every6s = (until: number): number[] =>
  Array.from({ length: Math.floor(until / 6_000) }, (_, i) => (i + 1) * 6_000);

const cases: readonly PollCase[] = [
  {
    name: "gives up after 60 s: the server's `expires_in` decides, and the last full wait is polled",
    code: { expires_in: 900 },
    answers: [PENDING],
    polls: every6s(900_000),
    ends: "device.expired",
  },
  {
    name: "no poll comes at the deadline when less than a full wait has passed",
    code: { expires_in: 20 },
    answers: [PENDING],
    polls: [6_000, 12_000, 18_000],
    ends: "device.expired",
    endsAt: 20_000,
  },
  {
    name: "an approval at the very deadline is still heard",
    code: { expires_in: 18 },
    answers: [PENDING, PENDING, GRANTED],
    polls: [6_000, 12_000, 18_000],
    ends: "granted",
  },
  {
    name: "a back-off that would outlast the deadline is cut short for one last poll",
    code: { expires_in: 17 },
    answers: [BAD_GATEWAY, GRANTED],
    polls: [6_000, 17_000],
    ends: "granted",
  },
  {
    name: "trouble at the last poll ends it",
    code: { expires_in: 17 },
    answers: [BAD_GATEWAY],
    polls: [6_000, 17_000],
    ends: "device.expired",
  },
  {
    name: "a code that ends by the clock has expired, also if an answer was lost before",
    code: { expires_in: 17 },
    answers: [BAD_GATEWAY, { status: 400, json: { error: "expired_token" } }],
    polls: [6_000, 17_000],
    ends: "device.expired",
  },
  {
    name: "a slow_down's longer wait counts as the full wait",
    code: { expires_in: 19 },
    answers: [SLOW_DOWN, GRANTED],
    polls: [6_000],
    ends: "device.expired",
    endsAt: 19_000,
  },
  {
    name: "a Retry-After beyond the deadline leaves no last poll",
    code: { expires_in: 40 },
    answers: [{ status: 503, headers: { "retry-after": "60" } }, GRANTED],
    polls: [6_000],
    ends: "device.expired",
    endsAt: 40_000,
  },
  {
    name: "a code that is shorter than the first wait is not polled",
    code: { expires_in: 5 },
    answers: [GRANTED],
    polls: [],
    ends: "device.expired",
    endsAt: 5_000,
  },
  {
    name: "the caller's own limit holds where it is the smaller",
    timeout: 13_000,
    answers: [PENDING],
    polls: [6_000, 12_000],
    ends: "device.expired",
    endsAt: 13_000,
  },
  {
    name: "the caller's own limit does not outlive the code",
    code: { expires_in: 13 },
    timeout: HOUR,
    answers: [PENDING],
    polls: [6_000, 12_000],
    ends: "device.expired",
    endsAt: 13_000,
  },
  {
    name: "a wall clock that jumps past the deadline ends it, after one last poll",
    answers: [PENDING],
    meanwhile: async (clock) => {
      await clock.advance(7_000);
      clock.jump(HOUR);
      await clock.advance(1);
    },
    polls: [6_000, 7_000],
    ends: "device.expired",
  },
  {
    name: "a sleep past the deadline still hears an approval, once",
    answers: [PENDING, GRANTED],
    meanwhile: async (clock) => {
      await clock.advance(7_000);
      await clock.suspend(HOUR);
    },
    polls: [6_000, 7_000],
    ends: "granted",
  },
  {
    name: "a wall clock that is set back does not extend it",
    code: { expires_in: 30 },
    answers: [PENDING],
    meanwhile: async (clock) => {
      await clock.advance(7_000);
      clock.jump(-24 * HOUR);
    },
    polls: [6_000, 12_000, 18_000, 24_000, 30_000],
    ends: "device.expired",
  },
  {
    name: "a wall clock that is set back delays no wait (WSL clocks)",
    answers: [PENDING, GRANTED],
    meanwhile: async (clock) => {
      await clock.advance(7_000);
      clock.jump(-HOUR);
    },
    polls: [6_000, 12_000],
    ends: "granted",
  },
];

for (const one of cases) test(one.name, () => pollThrough(one));

test.each([undefined, "soon", 0, -900])(
  "a code with a lifetime of %j is provider.malformed, and leaves no timer",
  async (lifetime) => {
    const clock = createFakeClock();
    const json = { device_code: "secret", user_code: "AB-CD", expires_in: lifetime };
    const { fetch } = createScriptedFetch({ json });
    expect(await failureOf(requestDeviceCode(createTestProvider(), { clock, fetch }))).toMatchObject({
      code: "provider.malformed",
      message: "Test Service returned a device code without a lifetime",
    });
    expect(clock.pending).toEqual([]);
  },
);
