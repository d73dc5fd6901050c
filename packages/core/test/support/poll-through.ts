import { type ErrorCode, isTokenFlowError, pollForToken, requestDeviceCode } from "@tokenflow/core";
import { type Answer, createFakeClock, createScriptedFetch, type FakeClock } from "@tokenflow/core/testing";
import { expect } from "vitest";
import { createTestProvider } from "./test-provider.ts";

/** The answer to one poll, and its delay in milliseconds. */
export type PollAnswer = Exclude<Answer, (...args: never) => unknown> & {
  readonly takes?: number | undefined;
};

export interface PollCase {
  readonly name: string;
  /** The answer with the device code. By default 900 s with an interval of 5 s. */
  readonly code?: Readonly<Record<string, unknown>> | undefined;
  /** In order. The last one is repeated for every further poll. */
  readonly answers: readonly PollAnswer[];
  /** The caller's own limit. */
  readonly timeout?: number | undefined;
  /** The time of each poll, in milliseconds from the request for the device code. */
  readonly polls: readonly number[];
  /** The outcome, and its time: by default that of the last poll. */
  readonly ends: "granted" | ErrorCode;
  readonly endsAt?: number | undefined;
  /** Changes of the clock besides the passing of time. */
  readonly meanwhile?: ((clock: FakeClock) => Promise<void>) | undefined;
}

export const PENDING: PollAnswer = { status: 400, json: { error: "authorization_pending" } };
export const SLOW_DOWN: PollAnswer = { status: 400, json: { error: "slow_down" } };
export const GRANTED: PollAnswer = { json: { refresh_token: "grant-1" } };
export const BAD_GATEWAY: PollAnswer = { status: 502, text: "<html>Bad Gateway</html>" };

/** Longer than the lifetime of any code. */
const LONG_AFTER = 4_000_000;

/** Polls through a case on a fake clock, and checks every wait to the millisecond. */
export async function pollThrough({ code, answers, timeout, polls, ends, ...rest }: PollCase): Promise<void> {
  const clock = createFakeClock();
  const seen: number[] = [];
  const script = createScriptedFetch(async ({ url }) => {
    if (url.endsWith("/device")) {
      return { json: { device_code: "secret", user_code: "AB-CD", expires_in: 900, interval: 5, ...code } };
    }
    if (url.endsWith("/token")) return { json: { access_token: "token-1", expires_in: 3600 } };
    seen.push(clock.monotonicNow());
    const { takes = 0, ...answer } = answers[Math.min(seen.length, answers.length) - 1] ?? PENDING;
    if (takes > 0) await clock.sleep(takes);
    return answer;
  });
  const provider = createTestProvider();
  const options = { clock, fetch: script.fetch };
  let end: { readonly what: unknown; readonly at: number } | undefined;
  const polling = pollForToken(provider, await requestDeviceCode(provider, options), { ...options, timeout });
  void polling
    .catch((error: unknown) => error)
    .then((what) => {
      end = { what, at: clock.monotonicNow() };
    });

  await rest.meanwhile?.(clock);
  await clock.advance((polls.at(-1) ?? 0) + 100_000);
  expect({ polls: seen, ends: outcome(end?.what) }).toEqual({ polls, ends });
  expect(end?.at).toBe(rest.endsAt ?? polls.at(-1));

  await clock.advance(LONG_AFTER);
  expect(seen, "nothing polls after the end").toEqual(polls);
  expect(clock.pending, "no timer is left").toEqual([]);
}

function outcome(end: unknown): unknown {
  if (isTokenFlowError(end)) return end.code;
  return typeof end === "object" && end !== null && "token" in end && end.token ? "granted" : end;
}
