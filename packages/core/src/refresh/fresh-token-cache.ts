import { ageOf, type TimedToken } from "../token/timed-token.ts";
import type { Token } from "../token/token.ts";
import { isUsable } from "./refresh-policy.ts";
import type { SharedSession } from "./session-view.ts";

/** A span of wall-clock time in which the held token needs no second thought. */
export interface Calm {
  readonly held: TimedToken;
  /** What callers who wait are given, all of them the same. */
  readonly answer: Promise<Token>;
  readonly from: number;
  readonly until: number;
}

/**
 * A token's age is the larger of two clocks, and reading both is most of what handing out a token costs. So
 * they are read together once in this many milliseconds; between, the wall clock alone is asked. Sleep moves
 * it on, and a clock that was set back, out of this span: only one set back into this very span goes
 * unnoticed, until the span is over.
 */
const CALM = 100;
/** A session in use notices a sign-in, sign-out or new token elsewhere within this time. */
export const LOOK_IN_USE = 60_000;

/** Where nothing is to be done for the held token but to hand it out. One look at one clock. */
export function calmAtHand(session: SharedSession): Calm | undefined {
  const { calm, held } = session;
  if (calm === undefined || calm.held !== held || session.redeeming) return undefined;
  const now = session.clock.now();
  return now >= calm.from && now < calm.until ? calm : undefined;
}

/** Looks at both clocks, and remembers for a moment that all is well. */
export function lookAround(session: SharedSession): TimedToken | undefined {
  const { held, rejections, clock } = session;
  if (session.redeeming || !isUsable(held, rejections, clock)) return undefined;
  const now = clock.now();
  const untilDue = Math.min(held.dueAge, held.lifetime) - ageOf(held, clock);
  const untilLook = session.readAt + LOOK_IN_USE - clock.monotonicNow();
  const answer = Promise.resolve(held.token);
  session.calm = { held, answer, from: now, until: now + Math.min(CALM, untilDue, untilLook) };
  return held;
}
