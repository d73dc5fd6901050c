import type { Exchange } from "../service/exchange.ts";
import type { Evidence } from "./evidence.ts";
import { type Expectation, pollsOf, runOf, seconds } from "./expectation.ts";

/** What a clock of milliseconds may lose by rounding. */
const ROUNDING = 2;
/** How late a busy machine may see a request after it was sent, in milliseconds. */
const LATENESS = 50;

/** Expects this time between the device answer and the first poll. */
export function waitsFirst(milliseconds: number): Expectation {
  return {
    text: `waits ${seconds(milliseconds)} before the first poll`,
    judge(evidence) {
      const issued = evidence.exchanges.find(({ kind }) => kind === "device_code");
      const [first] = pollsOf(evidence);
      if (!first) return "it never polled";
      const waited = first.arrivedAt - (issued?.answeredAt ?? 0);
      return waited >= milliseconds - ROUNDING ? undefined : `it polled after ${seconds(waited)}`;
    },
  };
}

/**
 * Expects this time between one poll and the next, after poll `from` (from 1) and later ones. It counts from the
 * request, so that a client with a steady beat passes; {@link waitsAfterTheAnswer} is about the difference.
 */
export function waits(milliseconds: number, from = 1, to: number = Number.POSITIVE_INFINITY): Expectation {
  return {
    text: `waits ${seconds(milliseconds)} ${whichPolls(from, to)}`,
    judge: (evidence) =>
      earlyPoll(evidence, { milliseconds, from, to, waited: afterRequest, tolerance: LATENESS }),
  };
}

/** Expects this time between the end of one poll and the next. */
export function waitsAfterTheAnswer(
  milliseconds: number,
  from = 1,
  to: number = Number.POSITIVE_INFINITY,
): Expectation {
  return {
    text: `waits ${seconds(milliseconds)} ${whichPolls(from, to)}, counted from the answer`,
    judge(evidence) {
      return earlyPoll(evidence, { milliseconds, from, to, waited: afterAnswer, tolerance: ROUNDING });
    },
  };
}

function whichPolls(from: number, to: number): string {
  if (to === from) return `after poll ${from}`;
  return from === 1 ? "between polls" : `from poll ${from} on`;
}

interface Wait {
  readonly milliseconds: number;
  readonly from: number;
  readonly to: number;
  /** Returns the time between two polls. */
  readonly waited: (last: Exchange, next: Exchange) => number;
  /** The time that may be missing, in milliseconds. */
  readonly tolerance: number;
}

function earlyPoll(
  evidence: Evidence,
  { milliseconds, from, to, waited, tolerance }: Wait,
): string | undefined {
  const all = pacedPolls(evidence);
  if (all.length <= from) return `it polled ${all.length} times, so that poll ${from + 1} is missing`;
  for (let index = from; index < all.length && index <= to; index += 1) {
    const [last, next] = [all[index - 1], all[index]];
    if (last && next && waited(last, next) < milliseconds - tolerance) {
      return `poll ${index + 1} came ${seconds(waited(last, next))} after the last one`;
    }
  }
  return undefined;
}
/** Expects no two polls within this time, however many there are. */
export function pollsNoFasterThan(milliseconds: number): Expectation {
  return {
    text: `leaves at least ${seconds(milliseconds)} between polls`,
    judge(evidence) {
      if (pacedPolls(evidence).length < 2) return undefined;
      return earlyPoll(evidence, {
        milliseconds,
        from: 1,
        to: Number.POSITIVE_INFINITY,
        waited: afterRequest,
        tolerance: LATENESS,
      });
    },
  };
}

function afterRequest(last: Exchange, next: Exchange): number {
  return next.arrivedAt - last.arrivedAt;
}

function afterAnswer(last: Exchange, next: Exchange): number {
  return next.arrivedAt - (last.answeredAt ?? next.arrivedAt);
}

/** Returns the polls up to the one that brought the token. A later one is another mistake than a fast one. */
function pacedPolls(evidence: Evidence): readonly Exchange[] {
  const all = pollsOf(evidence);
  const end = all.findIndex(({ outcome }) => outcome === "granted");
  return end === -1 ? all : all.slice(0, end + 1);
}

/** Expects the number of polls to be in this range. */
export function polls(atLeast: number, atMost: number): Expectation {
  const text = atLeast === atMost ? `${atLeast} times` : `${atLeast} to ${atMost} times`;
  return {
    text: `polls ${atMost === Number.POSITIVE_INFINITY ? `at least ${atLeast} times` : text}`,
    judge(evidence) {
      const { length } = pollsOf(evidence);
      return length >= atLeast && length <= atMost ? undefined : `it polled ${length} times`;
    },
  };
}

/** Expects no poll to arrive while another one is unanswered. */
export const pollsOneAtATime: Expectation = {
  text: "waits for the answer to a poll before it polls again",
  judge(evidence) {
    const all = pollsOf(evidence);
    const early = all.findIndex(
      ({ arrivedAt }, index) =>
        index > 0 && arrivedAt < (all[index - 1]?.answeredAt ?? Number.POSITIVE_INFINITY),
    );
    return early === -1 ? undefined : `poll ${early + 1} came while poll ${early} was unanswered`;
  },
};

/** Expects no poll of a code after an answer with this outcome. */
export function stopsAfter(outcome: string): Expectation {
  return {
    text: `does not poll a code again after ${outcome}`,
    judge(evidence) {
      const all = pollsOf(evidence);
      const end = all.findIndex((poll) => poll.outcome === outcome);
      const code = all[end]?.fields["device_code"];
      if (end === -1) return `no poll was answered ${outcome}`;
      const more = all.slice(end + 1).filter(({ fields }) => fields["device_code"] === code).length;
      return more === 0 ? undefined : `${more} more ${more === 1 ? "poll" : "polls"} came`;
    },
  };
}

/** Expects so many requests for a device code. */
export function asksForCodes(count: number): Expectation {
  return {
    text: `asks for ${count === 1 ? "one device code" : `${count} device codes`}`,
    judge({ exchanges }) {
      const { length } = exchanges.filter(({ kind }) => kind === "device_code");
      return length === count ? undefined : `it asked for ${length}`;
    },
  };
}

/** Expects the sign-in to end by itself within this time of its start. */
export function endsWithin(milliseconds: number): Expectation {
  return {
    text: `ends within ${seconds(milliseconds)}`,
    judge(evidence) {
      const run = runOf(evidence, "signIn");
      if (!run) return "it did not run";
      const took = run.endedAt - run.startedAt;
      if (run.ending !== "exited") return `it was still running after ${seconds(took)}`;
      return took <= milliseconds ? undefined : `it took ${seconds(took)}`;
    },
  };
}
