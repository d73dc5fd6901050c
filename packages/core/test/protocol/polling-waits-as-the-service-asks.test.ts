import { describe, test } from "vitest";
import {
  BAD_GATEWAY,
  GRANTED,
  PENDING,
  type PollAnswer,
  type PollCase,
  pollThrough,
  SLOW_DOWN,
} from "../support/poll-through.ts";

const reset: PollAnswer = { error: "ECONNRESET" };
const busy = (retryAfter: string): PollAnswer => ({ status: 503, headers: { "retry-after": retryAfter } });
const slowDown = (interval: unknown): PollAnswer => ({ json: { error: "slow_down", interval } });

const run = (cases: readonly PollCase[]): void => {
  for (const one of cases) test(one.name, () => pollThrough(one));
};

describe("the interval", () => {
  const polls = [6_000, 12_000];
  const answers = [PENDING, GRANTED];
  run(
    [
      { name: "of the service, with a margin", code: { interval: 10 }, answers, polls: [12_000, 24_000] },
      { name: "of one second", code: { interval: 1 }, answers, polls: [1_200, 2_400] },
      { name: "of more than a minute", code: { interval: 60 }, answers, polls: [72_000, 144_000] },
      {
        name: "860 polls a second when `interval` is missing",
        code: { interval: undefined },
        answers,
        polls,
      },
      { name: "of zero is five seconds", code: { interval: 0 }, answers, polls },
      { name: "below zero is five seconds", code: { interval: -3 }, answers, polls },
      // Some services send milliseconds. Nothing would ever be polled.
      { name: "no shorter than the code's life is five seconds", code: { interval: 5_000 }, answers, polls },
      { name: "as long as the code's life is five seconds", code: { interval: 900 }, answers, polls },
      { name: "that is text is five seconds", code: { interval: "soon" }, answers, polls },
    ].map((one) => ({ ...one, ends: "granted" })),
  );
});

describe("a wait", () => {
  run([
    { name: "comes before the first poll", answers: [GRANTED], polls: [6_000], ends: "granted" },
    {
      name: "fixed ticker polls early: is counted from the previous answer, not from its request",
      answers: [{ ...PENDING, takes: 2_000 }, { ...PENDING, takes: 7_500 }, GRANTED],
      polls: [6_000, 14_000, 27_500],
      ends: "granted",
    },
    {
      name: "is the same after every pending answer",
      answers: [PENDING, PENDING, PENDING, GRANTED],
      polls: [6_000, 12_000, 18_000, 24_000],
      ends: "granted",
    },
    {
      name: "that slept through its end is over on waking",
      answers: [PENDING, GRANTED],
      meanwhile: async (clock) => {
        await clock.advance(7_000);
        await clock.suspend(60_000);
      },
      polls: [6_000, 7_000],
      ends: "granted",
    },
  ]);
});

describe("slow_down", () => {
  run([
    {
      name: "`slow_down` fatal, forgotten after one wait: adds five seconds for the rest of the flow",
      answers: [SLOW_DOWN, PENDING, PENDING, GRANTED],
      polls: [6_000, 20_000, 34_000, 48_000],
      ends: "granted",
    },
    {
      name: "`slow_down` grows for ever: only with every further slow_down",
      answers: [SLOW_DOWN, SLOW_DOWN, PENDING, GRANTED],
      polls: [6_000, 20_000, 41_000, 62_000],
      ends: "granted",
    },
    {
      name: "takes the server's longer interval",
      answers: [slowDown(20), PENDING, GRANTED],
      polls: [6_000, 34_000, 62_000],
      ends: "granted",
    },
    {
      name: "takes no shorter one than five seconds more",
      answers: [slowDown(6), GRANTED],
      polls: [6_000, 20_000],
      ends: "granted",
    },
    {
      name: "with an interval beyond the code's life adds five seconds",
      answers: [slowDown(10_000), GRANTED],
      polls: [6_000, 20_000],
      ends: "granted",
    },
    {
      name: "with an interval that is none adds five seconds",
      answers: [slowDown("later"), slowDown(-60), slowDown(0), GRANTED],
      polls: [6_000, 20_000, 41_000, 69_000],
      ends: "granted",
    },
    {
      name: "after trouble is an answer that was understood",
      answers: [reset, reset, SLOW_DOWN, GRANTED],
      polls: [6_000, 18_000, 42_000, 56_000],
      ends: "granted",
    },
    {
      name: "on a 429 waits at least its Retry-After, once",
      answers: [{ ...SLOW_DOWN, status: 429, headers: { "retry-after": "40" } }, PENDING, GRANTED],
      polls: [6_000, 46_000, 60_000],
      ends: "granted",
    },
    {
      name: "on a 403 with Retry-After, as GitHub limits rates, is as long as that",
      answers: [{ status: 403, headers: { "retry-after": "40" }, text: "<html>" }, PENDING, GRANTED],
      polls: [6_000, 46_000, 52_000],
      ends: "granted",
    },
    {
      name: "on a 403 with Retry-After and a word of the service is no wait",
      answers: [{ status: 403, headers: { "retry-after": "40" }, json: { error: "access_denied" } }],
      polls: [6_000],
      ends: "device.denied",
    },
  ]);
});

describe("a failing poll", () => {
  run([
    {
      name: "one reset ends the sign-in: doubles the next wait, and only until an answer is understood",
      answers: [reset, PENDING, GRANTED],
      polls: [6_000, 18_000, 24_000],
      ends: "granted",
    },
    {
      name: "one 502 ends the sign-in: doubles the next wait, and only until an answer is understood",
      answers: [BAD_GATEWAY, PENDING, GRANTED],
      polls: [6_000, 18_000, 24_000],
      ends: "granted",
    },
    {
      name: "that goes on doubles up to a minute",
      answers: [reset, BAD_GATEWAY, reset, BAD_GATEWAY, reset, GRANTED],
      polls: [6_000, 18_000, 42_000, 90_000, 150_000, 210_000],
      ends: "granted",
    },
    {
      name: "doubles the slower wait after a slow_down",
      answers: [SLOW_DOWN, reset, reset, reset, PENDING, GRANTED],
      polls: [6_000, 20_000, 48_000, 104_000, 164_000, 178_000],
      ends: "granted",
    },
    {
      name: "never shortens an interval of more than a minute",
      code: { interval: 60 },
      answers: [reset, reset, GRANTED],
      polls: [72_000, 144_000, 216_000],
      ends: "granted",
    },
    {
      name: "a hang is given up after 30 s, and the wait counted from there",
      answers: [{ hang: true }, GRANTED],
      polls: [6_000, 48_000],
      ends: "granted",
    },
  ]);
});

describe("Retry-After", () => {
  run([
    {
      name: "is a lower bound for the next wait only",
      answers: [busy("30"), PENDING, GRANTED],
      polls: [6_000, 36_000, 42_000],
      ends: "granted",
    },
    {
      name: "of less than the doubled wait changes nothing",
      answers: [busy("1"), GRANTED],
      polls: [6_000, 18_000],
      ends: "granted",
    },
    {
      name: "may be longer than a minute",
      answers: [busy("180"), PENDING, GRANTED],
      polls: [6_000, 186_000, 192_000],
      ends: "granted",
    },
    {
      name: "may be a date",
      answers: [busy(new Date(Date.UTC(2026, 0, 1, 0, 1, 10)).toUTCString()), GRANTED],
      polls: [6_000, 70_000],
      ends: "granted",
    },
    {
      name: "that says nothing changes nothing",
      answers: [busy("after lunch"), GRANTED],
      polls: [6_000, 18_000],
      ends: "granted",
    },
    {
      name: "is not carried over to the next trouble",
      answers: [busy("50"), reset, GRANTED],
      polls: [6_000, 56_000, 80_000],
      ends: "granted",
    },
  ]);
});
