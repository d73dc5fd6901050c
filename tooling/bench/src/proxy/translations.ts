import { availableParallelism } from "node:os";
import { hasServices } from "@tokenflow/services";
import { differenceOf, type Figure, figure, ratioOf } from "../measure/figure.ts";
import { samplesInRounds } from "../measure/in-rounds.ts";
import { type Area, atMost, type Goal, type Row } from "../measure/result.ts";
import { loadStreams } from "./measure.ts";
import type { EventKind, Pace } from "./pace.ts";
import { startUpstream } from "./processes.ts";
import type { StreamPath } from "./stream-load.ts";
import { oursOf, type Running } from "./subjects.ts";

const STREAMS = 4;
/** An answer of 77 kB of text. Responses says all of it four times more at the end. */
const EVENTS = 256;
const CALLS = 8;
const ROUNDS = 7;
/** How many events the upstream writes at once. */
const BATCHES = [1, 64] as const;
/** Few streams at the pace of a model, so that no event waits for another one. */
const CALM = { streams: 4, calls: 5, events: 5, every: 20 } as const;

type Way = "native" | "translated";
const WAYS: readonly Way[] = ["native", "translated"];

interface Pair {
  readonly name: string;
  /** The upstream's events, for callers of either path. */
  readonly kind: EventKind;
  readonly model: string;
  readonly paths: Readonly<Record<Way, StreamPath>>;
}

const PAIRS: readonly Pair[] = [
  {
    name: "Messages from chat",
    kind: "bare",
    model: "of-chat",
    paths: { native: "/v1/chat/completions", translated: "/v1/messages" },
  },
  {
    name: "Messages from Responses",
    kind: "responses",
    model: "of-responses",
    paths: { native: "/v1/responses", translated: "/v1/messages" },
  },
  {
    name: "Responses from Messages",
    kind: "messages",
    model: "of-messages",
    paths: { native: "/v1/messages", translated: "/v1/responses" },
  },
];

/** Measures what a translation costs: one stream, in turns for callers of its own dialect and of another one. */
export const translations: Area = {
  title: "Translated streams",
  async run({ quick, folder, say }) {
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
        ]);
        goals.push({ ...atMost(`burst of ${name}, to native`, rate, 0.6, "×"), side: "at least" });
      }
      say(`${pair.name}, first event`);
      const of = await inTurns(rounds, (way) => load(running, pair, way, CALM));
      const added = differenceOf(of("translated", "first"), of("native", "first"));
      firsts.push([pair.name, of("native", "first"), of("translated", "first"), added]);
      goals.push(atMost(`first event of ${pair.name}, over native`, added, 1, "ms"));
    }
    return {
      tables: [
        {
          about: `Bursts of four streams at once. Each answer has ${EVENTS} events of 0.4 kB, which the upstream writes one by one, or ${BATCHES[1]} in a chunk. Both callers get the same stream of the upstream. Processor time is the proxy's own.`,
          columns: [
            "native, for an event [µs]",
            "translated, for an event [µs]",
            "work, to native [×]",
            "burst, to native [×]",
          ],
          rows: bursts,
        },
        {
          about: `How late the first event arrives after the upstream has sent it: ${CALM.streams} streams, an event every ${CALM.every} ms.`,
          columns: ["native [ms]", "translated [ms]", "added [ms]"],
          rows: firsts,
        },
      ],
      goals,
    };
  },
};

interface Sample {
  /** Processor time for an event, in microseconds. */
  readonly work: number;
  /** Events a second. */
  readonly rate: number;
  /** From the sending of the first event to its arrival, in milliseconds. */
  readonly first: number;
}

/** Measures both ways in turns, after one turn of each that does not count. */
async function inTurns(
  rounds: number,
  measure: (way: Way) => Promise<Sample>,
): Promise<(way: Way, value: keyof Sample) => Figure> {
  for (const way of WAYS) await measure(way);
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
  const { eventRate = Number.NaN, firstLagP50 = Number.NaN } = await loadStreams({
    url: running.url,
    streams,
    calls,
    pace: { ...pace, kind },
    path: paths[way],
    model,
  });
  const work = (running.processorTime() - before) / (streams * calls * pace.events);
  return { work, rate: eventRate, first: firstLagP50 };
}
