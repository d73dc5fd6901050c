import { availableParallelism } from "node:os";
import { hasServices } from "@tokenflow/services";
import { differenceOf, type Figure, figure, ratioOf } from "../measure/figure.ts";
import { samplesInRounds } from "../measure/in-rounds.ts";
import { type Area, atMost, type Goal, type Row } from "../measure/result.ts";
import { loadStreams } from "./measure.ts";
import type { Pace } from "./pace.ts";
import { startUpstream } from "./processes.ts";
import { oursOf, type Running } from "./subjects.ts";
import { measureAnswers } from "./translated-answers.ts";
import { PAIRS, type Pair, WAYS, type Way } from "./translation-pairs.ts";

const STREAMS = 4;
/** An answer of 77 kB of text. Responses says all of it four times more at the end. */
const EVENTS = 256;
const CALLS = 8;
const ROUNDS = 7;
const WARM_UP = 3;
/** How many events the upstream writes at once. */
const BATCHES = [1, 64] as const;
/** Few streams at the pace of a model, so that no event waits for another one. */
const CALM = { streams: 4, calls: 5, events: 5, every: 20 } as const;

/** Measures what a translation costs: one stream, in turns for callers of its own dialect and of another one. */
export const translations: Area = {
  title: "Translations",
  async run(tools) {
    const { quick, folder, say } = tools;
    if (!hasServices("taskset") || availableParallelism() < 2) return { tables: [], goals: [] };
    await using upstream = await startUpstream();
    await using running = await oursOf(upstream.url, folder, "translations").start();
    const rounds = quick ? 1 : ROUNDS;
    const bursts: Row[] = [];
    const firsts: Row[] = [];
    const goals: Goal[] = [];

    for (const pair of PAIRS) {
      for (const batch of BATCHES) {
        const name = `${pair.name}, ${batch === 1 ? "single" : `${batch} at once`}`;
        say(name);
        const of = await inTurns(rounds, (way) =>
          load(running, pair, way, { calls: quick ? 2 : CALLS, events: EVENTS, every: 0, batch }),
        );
        const rate = ratioOf(of("translated", "rate"), of("native", "rate"));
        const work = (way: Way): Figure => of(way, "work");
        bursts.push([
          name,
          work("native"),
          work("translated"),
          ratioOf(work("translated"), work("native")),
          rate,
          ratioOf(of("translated", "bytes"), of("native", "bytes")),
        ]);
        goals.push({ ...atMost(`burst of ${name}, to native`, rate, 0.6, "×"), side: "at least" });
      }
      say(`${pair.name}, first event`);
      const of = await inTurns(rounds, (way) => load(running, pair, way, CALM));
      const added = differenceOf(of("translated", "first"), of("native", "first"));
      firsts.push([pair.name, of("native", "first"), of("translated", "first"), added]);
      goals.push(atMost(`first event of ${pair.name}, over native`, added, 1, "ms"));
    }
    const answers = await measureAnswers(upstream.url, running, tools);
    return {
      tables: [
        {
          about: `Bursts of four streams at once. Each answer has ${EVENTS} events of 0.4 kB, which the upstream writes one by one, or ${BATCHES[1]} in a chunk. Both callers get the same stream of the upstream. The last two columns compare events a second and bytes a second: a caller of Responses gets more bytes for the same events. Processor time is the proxy's own.`,
          columns: [
            "native, for an event [µs]",
            "translated, for an event [µs]",
            "work, to native [×]",
            "burst, to native [×]",
            "bytes, to native [×]",
          ],
          rows: bursts,
        },
        {
          about: `How late the first event arrives after the upstream has sent it: ${CALM.streams} streams, an event every ${CALM.every} ms.`,
          columns: ["native [ms]", "translated [ms]", "added [ms]"],
          rows: firsts,
        },
        ...answers.tables,
      ],
      goals: [...goals, ...answers.goals],
    };
  },
};

interface Sample {
  /** Processor time for an event, in microseconds. */
  readonly work: number;
  /** Events a second. */
  readonly rate: number;
  /** Megabytes a second. */
  readonly bytes: number;
  /** From the sending of the first event to its arrival, in milliseconds. */
  readonly first: number;
}

/** Measures both ways in turns, after some of each that do not count, since the first ones run code that is still compiled. */
async function inTurns(
  rounds: number,
  measure: (way: Way) => Promise<Sample>,
): Promise<(way: Way, value: keyof Sample) => Figure> {
  for (let turn = 0; turn < Math.min(rounds, WARM_UP); turn += 1) for (const way of WAYS) await measure(way);
  const samples = await samplesInRounds(rounds, WAYS, (way) =>
    measure(way === "native" ? way : "translated"),
  );
  return (way, value) => figure((samples.get(way) ?? []).map((sample) => sample[value]));
}

async function load(
  running: Running,
  { kind, model, paths }: Pair,
  way: Way,
  { streams = STREAMS, calls = 1, ...pace }: Pace & { readonly streams?: number; readonly calls?: number },
): Promise<Sample> {
  const before = running.processorTime();
  const {
    eventRate = Number.NaN,
    rate = Number.NaN,
    firstLagP50 = Number.NaN,
  } = await loadStreams({
    url: running.url,
    streams,
    calls,
    pace: { ...pace, kind },
    path: paths[way],
    model,
  });
  const work = (running.processorTime() - before) / (streams * calls * pace.events);
  return { work, rate: eventRate, bytes: rate, first: firstLagP50 };
}
