import type { GetTokenOptions, RefreshCause, Token } from "@tokenflow/core";
import type { Answer } from "@tokenflow/core/testing";
import { expect, test, vi } from "vitest";
import { createIssuer, type Issuer, issue } from "../support/manager-of-tokens.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Every token's, in real time; due a minute before its refresh_in, where that makes sense. */
const LIFETIME = 30 * MINUTE;

const refreshIn =
  (seconds: unknown) =>
  (count: number): Answer =>
    issue(count, { expires_in: 1_800, refresh_in: seconds });
const good = refreshIn(1_500);
const odd = [0, 30, -5, "soon", null, undefined, 1_801, 1e9];

interface Week extends Issuer {
  /** What the service answers. */
  answer: (count: number) => Answer;
  /** Real time: in sleep too, and whatever the clock on the wall says. */
  real(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** A stretch of the week: what happens first, how somebody then asks for tokens, and what that may cost. */
interface Stretch extends GetTokenOptions {
  readonly name: string;
  readonly first?: ((week: Week) => unknown) | undefined;
  readonly during: number;
  /** @default five minutes */
  readonly every?: number | undefined;
  /** What a caller does with the token. */
  readonly use?: ((week: Week, token: Token) => void) | undefined;
  /** The redemptions that were begun, by cause. */
  readonly causes: Partial<Record<RefreshCause, number>>;
  /** What callers were told besides tokens. */
  readonly errors?: readonly string[] | undefined;
}

const serve = (answer: (count: number) => Answer) => (week: Week) => {
  week.answer = answer;
};
const refused = (): Answer => ({ error: "ECONNREFUSED" });

const stretches: readonly Stretch[] = [
  // Monday
  { name: "the first token", during: 5 * MINUTE, causes: { absent: 1 } },
  { name: "a working day: a redemption every 25 minutes", during: 10 * HOUR, causes: { due: 24 } },
  {
    name: "a night asleep",
    first: (week) => week.sleep(14 * HOUR),
    during: 5 * MINUTE,
    causes: { expired: 1 },
  },
  // Tuesday
  {
    name: "the service is away for the last minutes of a token's life, and nobody notices",
    first: async (week) => {
      await week.clock.advance(19 * MINUTE);
      week.answer = refused;
    },
    during: 5 * MINUTE,
    every: 10 * SECOND,
    causes: { due: 8 },
  },
  { name: "it is back in time", first: serve(good), during: 5 * MINUTE, every: MINUTE, causes: { due: 1 } },
  { name: "a calm morning", during: 2 * HOUR, causes: { due: 4 } },
  {
    name: "the service is away for two hours: tokens to the true end, then one try per question",
    first: serve(refused),
    during: 2 * HOUR,
    every: MINUTE,
    causes: { due: 5, expired: 115 },
    errors: ["provider.unavailable"],
  },
  { name: "it is back", first: serve(good), during: 5 * MINUTE, causes: { expired: 1 } },
  { name: "the night", first: (week) => week.sleep(16 * HOUR), during: 5 * MINUTE, causes: { expired: 1 } },
  // Wednesday
  ...Array.from({ length: 4 }, (_, nap) => ({
    name: `nap ${nap + 1}: the lid closed for a quarter of an hour`,
    first: (week: Week) => week.sleep(15 * MINUTE),
    during: 10 * MINUTE,
    every: MINUTE,
    causes: { due: 1 },
  })),
  {
    name: "the lid closed in the middle of an outage",
    first: async (week: Week) => {
      week.answer = refused;
      await week.sleep(2 * HOUR);
    },
    during: 5 * MINUTE,
    every: MINUTE,
    causes: { expired: 5 },
    errors: ["provider.unavailable"],
  },
  { name: "it is back", first: serve(good), during: 5 * MINUTE, causes: { expired: 1 } },
  { name: "the night", first: (week) => week.sleep(20 * HOUR), during: 5 * MINUTE, causes: { expired: 1 } },
  // Thursday
  {
    name: "the clock is set a day ahead: taken for sleep",
    first: (week) => week.clock.jump(DAY),
    during: 20 * MINUTE,
    causes: { expired: 1 },
  },
  {
    name: "the clock is set back: nothing",
    first: (week) => week.clock.jump(-DAY),
    during: 5 * MINUTE,
    causes: {},
  },
  { name: "and the day goes on", during: 10 * HOUR, causes: { due: 24 } },
  {
    name: "the clock is a year behind: nothing",
    first: (week) => week.clock.jump(-365 * DAY),
    during: 4 * HOUR,
    causes: { due: 10 },
  },
  {
    name: "and is set right",
    first: (week) => week.clock.jump(365 * DAY),
    during: 5 * MINUTE,
    causes: { expired: 1 },
  },
  { name: "the night", first: (week) => week.sleep(10 * HOUR), during: 5 * MINUTE, causes: { expired: 1 } },
  // Friday
  ...odd.map((seconds) => ({
    name: `refresh_in ${seconds}: due by the expiry buffer`,
    first: serve(refreshIn(seconds)),
    during: 56 * MINUTE,
    every: 4 * MINUTE,
    causes: { due: 2 },
  })),
  {
    name: "tokens that arrive dead: the living one is served to its end, then the service is to blame",
    first: serve((count) => issue(count, { expires_in: 0 })),
    during: HOUR,
    every: MINUTE,
    causes: { due: 3, expired: 38 },
    errors: ["provider.malformed"],
  },
  {
    name: "the night",
    first: async (week) => {
      week.answer = good;
      await week.sleep(14 * HOUR);
    },
    during: 5 * MINUTE,
    causes: { expired: 1 },
  },
  // Saturday
  {
    name: "the service asks to wait for 20 minutes while a token of 5 lives",
    first: async (week: Week) => {
      await week.clock.advance(20 * MINUTE);
      week.answer = () => ({ status: 429, headers: { "retry-after": "1200" } });
    },
    during: 20 * MINUTE,
    every: 30 * SECOND,
    causes: { due: 1 },
    errors: ["provider.rate_limited"],
  },
  {
    name: "and gets its way",
    first: serve(good),
    during: 20 * MINUTE,
    every: MINUTE,
    causes: { expired: 1 },
  },
  {
    name: "the API refuses a token now and then",
    during: 10 * HOUR,
    use: (week, token) => {
      if (week.clock.now() - token.issuedAt >= 20 * MINUTE) week.manager.reject(token);
    },
    causes: { rejected: 24 },
  },
  {
    name: "somebody forces",
    first: async (week: Week) => {
      await week.manager.getToken({ forceRefresh: true });
      await week.manager.getToken({ forceRefresh: true });
    },
    during: 5 * MINUTE,
    causes: { forced: 2 },
  },
  {
    name: "somebody wants ten minutes more",
    minValidity: 10 * MINUTE,
    during: 2 * HOUR,
    causes: { min_validity: 4 },
  },
  // Sunday
  {
    name: "a day on which nobody asks",
    first: (week) => week.clock.advance(40 * HOUR),
    during: 5 * MINUTE,
    causes: { expired: 1 },
  },
];

test("a week of outages, sleeps, clock jumps and odd answers: redemptions by cause, and every token alive", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  const bornAt = new Map<string, number>();
  let slept = 0;
  const issuer = createIssuer({
    redeem: (count) => {
      bornAt.set(`token-${count}`, week.real());
      return week.answer(count);
    },
  });
  const week: Week = Object.assign(issuer, {
    answer: good,
    real: () => issuer.clock.monotonicNow() + slept,
    sleep: async (milliseconds: number) => {
      slept += milliseconds;
      await issuer.clock.suspend(milliseconds);
    },
  });

  for (const { name, first, during, every = 5 * MINUTE, use, causes, errors = [], ...options } of stretches) {
    const before = issuer.events.length;
    const told = new Set<string>();
    await first?.(week);
    for (const end = week.real() + during; week.real() < end; await issuer.clock.advance(every)) {
      try {
        const token = await issuer.manager.getToken(options);
        const age = week.real() - (bornAt.get(token.accessToken) ?? Number.NaN);
        expect(age, `${name}: a token was handed out after its end`).toBeLessThan(LIFETIME);
        use?.(week, token);
      } catch (error) {
        told.add(error instanceof Error && "code" in error ? String(error.code) : String(error));
      }
    }
    const seen: Partial<Record<string, number>> = {};
    for (const event of issuer.events.slice(before)) {
      if (event.type === "refresh.started") seen[event.cause] = (seen[event.cause] ?? 0) + 1;
    }
    expect({ name, causes: seen, errors: [...told] }).toEqual({ name, causes, errors });
  }
  expect(week.real()).toBeGreaterThan(7 * DAY);
  expect(issuer.clock.pending).toEqual([]);
});
