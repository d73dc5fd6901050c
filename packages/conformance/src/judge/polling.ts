import type { Exchange } from "../service/exchange.ts";
import type { Evidence } from "./evidence.ts";
import { type Expectation, pollsOf, runOf, seconds } from "./expectation.ts";

/** What a clock of milliseconds may lose by rounding. */
const ROUNDING = 2;

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

/** Expects this time between the end of one poll and the next, after poll `from` (from 1) and later ones. */
export function waits(milliseconds: number, from = 1, to: number = Number.POSITIVE_INFINITY): Expectation {
  const which = to === from ? `after poll ${from}` : from === 1 ? "between polls" : `from poll ${from} on`;
  return {
    text: `waits ${seconds(milliseconds)} ${which}, counted from the answer`,
    judge(evidence) {
      const polls = pacedPolls(evidence);
      if (polls.length <= from) return `it polled ${polls.length} times, so that poll ${from + 1} is missing`;
      for (let index = from; index < polls.length && index <= to; index += 1) {
        const waited = waitBefore(polls, index);
        if (waited < milliseconds - ROUNDING)
          return `poll ${index + 1} came ${seconds(waited)} after the last answer`;
      }
      return undefined;
    },
  };
}

/** Expects no two polls within this time, however many there are. */
export function pollsNoFasterThan(milliseconds: number): Expectation {
  return {
    text: `leaves at least ${seconds(milliseconds)} between polls`,
    judge(evidence) {
      const all = pacedPolls(evidence);
      const early = all.findIndex(
        (_, index) => index > 0 && waitBefore(all, index) < milliseconds - ROUNDING,
      );
      return early === -1
        ? undefined
        : `poll ${early + 1} came ${seconds(waitBefore(all, early))} after the last answer`;
    },
  };
}

/** Returns the polls up to the one that brought the token. A later one is another mistake than a fast one. */
function pacedPolls(evidence: Evidence): readonly Exchange[] {
  const all = pollsOf(evidence);
  const end = all.findIndex(({ outcome }) => outcome === "granted");
  return end === -1 ? all : all.slice(0, end + 1);
}

function waitBefore(polls: readonly Exchange[], index: number): number {
  const [last, next] = [polls[index - 1], polls[index]];
  if (!last || !next) return Number.POSITIVE_INFINITY;
  return next.arrivedAt - (last.answeredAt ?? next.arrivedAt);
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
