import { availableParallelism } from "node:os";
import { hasServices } from "@tokenflow/services";
import { differenceOf, type Figure, figure, ratioOf } from "../measure/figure.ts";
import { samplesInRounds } from "../measure/in-rounds.ts";
import { type Area, atMost } from "../measure/result.ts";
import { loadStreams } from "./measure.ts";
import type { Pace } from "./pace.ts";
import { startUpstream } from "./processes.ts";
import type { StreamPath } from "./stream-load.ts";
import { oursOf, type Running } from "./subjects.ts";

const STREAMS = 4;
const EVENTS = 10_000;
const ROUNDS = 15;
/** Few streams at the pace of a model, so that no event waits for another one. */
const CALM = { events: 5, every: 20 } as const;
const CALM_CALLS = 12;
/** The proxy repairs an answer with 200, and passes the same bytes with this status. */
const PASSED = 201;

const KINDS = [
  ["Responses, ids that change", "responses", "/v1/responses"],
  ["chat without `object`", "bare", "/v1/chat/completions"],
  ["chat that lacks nothing", "chat", "/v1/chat/completions"],
] as const;

/** Measures what the repair of a stream costs: bursts of the same bytes in turns, repaired and passed on. */
export const repairs: Area = {
  title: "Repaired streams",
  async run({ quick, folder, say }) {
    if (!hasServices("taskset") || availableParallelism() < 2) return { tables: [], goals: [] };
    await using upstream = await startUpstream();
    await using running = await oursOf(upstream.url, folder, "repairs").start();
    const rows: {
      readonly name: string;
      readonly work: Figure;
      readonly ratio: Figure;
      readonly rate: Figure;
      readonly first: Figure | undefined;
    }[] = [];
    for (const [name, kind, path] of KINDS) {
      say(name);
      const burst = (status: number): Promise<Sample> =>
        measure(running, { events: quick ? 1_000 : EVENTS, every: 0, kind, status }, path);
      await burst(200);
      const samples = await samplesInRounds(quick ? 1 : ROUNDS, ["200", String(PASSED)], (status) =>
        burst(Number(status)),
      );
      const of = (status: string, value: keyof Sample): Figure =>
        figure((samples.get(status) ?? []).map((sample) => sample[value]));
      const ratio = (value: keyof Sample): Figure | undefined =>
        ratioOf(of("200", value), of(String(PASSED), value));
      const [work, rate] = [ratio("work"), ratio("rate")];
      const calm = await samplesInRounds(quick ? 1 : ROUNDS, ["200", String(PASSED)], (status) =>
        measureFirst(running, { ...CALM, kind, status: Number(status) }, path),
      );
      const first = differenceOf(figure(calm.get("200") ?? []), figure(calm.get(String(PASSED)) ?? []));
      if (work && rate) rows.push({ name, work: of("200", "work"), ratio: work, rate, first });
    }
    return {
      tables: [
        {
          about:
            "Bursts of four streams with events of 0.4 kB, those of Responses with an id of 0.4 kB more. Each is sent with 200, which the proxy repairs, and in turns with another status, which it passes on. Processor time is the proxy's own. The last column is how much later than a first event that is passed on a repaired one arrives, at an event every 20 ms.",
          columns: [
            "work for an event [µs]",
            "work, to passing on [×]",
            "burst, to passing on [×]",
            "first event, over passing on [ms]",
          ],
          rows: rows.map(({ name, work, ratio, rate, first }) => [name, work, ratio, rate, first]),
        },
      ],
      goals: rows.map(({ name, rate }) => ({
        ...atMost(`burst of ${name}, to passing on`, rate, 0.9, "×"),
        side: "at least" as const,
      })),
    };
  },
};

interface Sample {
  /** Processor time for an event, in microseconds. */
  readonly work: number;
  readonly rate: number;
}

async function measure(running: Running, pace: Pace, path: StreamPath): Promise<Sample> {
  const before = running.processorTime();
  const { rate = Number.NaN } = await loadStreams({ url: running.url, streams: STREAMS, pace, path });
  return { work: (running.processorTime() - before) / (STREAMS * pace.events), rate };
}

/** Returns how late the first event arrives after the upstream has sent it, in milliseconds. */
async function measureFirst(running: Running, pace: Pace, path: StreamPath): Promise<number> {
  const options = { url: running.url, streams: STREAMS, calls: CALM_CALLS, pace, path };
  const { firstLagP50 = Number.NaN } = await loadStreams(options);
  return firstLagP50;
}
