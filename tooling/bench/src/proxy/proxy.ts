import { availableParallelism } from "node:os";
import { hasServices } from "@tokenflow/services";
import { differenceOf, type Figure, ratioOf } from "../measure/figure.ts";
import { type Area, atMost, type Goal, type Table } from "../measure/result.ts";
import { CONCURRENCIES, EVENT_INTERVAL, measureInTurns } from "./measure.ts";
import { startUpstream } from "./processes.ts";
import { COPILOT_API, OURS, PIPE, SMALL_HEAP, subjectsOf } from "./subjects.ts";
import type { Read } from "./turns.ts";

/** Measures the proxies on one core, with the load and the service on another. */
export const proxy: Area = {
  title: "The proxy",
  async run(tools) {
    if (!hasServices("wrk", "taskset") || availableParallelism() < 2) return { tables: [], goals: [] };
    await using upstream = await startUpstream();
    const subjects = await subjectsOf(upstream.url, tools.folder);
    const read = await measureInTurns(subjects, tools);
    const names = subjects.map(({ name }) => name);
    return { tables: tablesOf(names, read), goals: goalsOf(read) };
  },
};

function tablesOf(names: readonly string[], read: Read): readonly Table[] {
  const table = (about: string, columns: Readonly<Record<string, string>>, rows = names): Table => ({
    about,
    columns: Object.keys(columns),
    rows: rows.map((name) => [name, ...Object.values(columns).map((metric) => read(name, metric))]),
  });
  return [
    table(
      "JSON: a question and an answer of 1 kB each, by wrk, at 1, 16 and 64 callers that ask again at once. Processor time is the proxy's own.",
      {
        ...Object.fromEntries(
          CONCURRENCIES.map((callers) => [`at ${callers} [req/s]`, `json${callers}.rate`]),
        ),
        "p50 at 1 [ms]": "json1.p50",
        "p99 at 1 [ms]": "json1.p99",
        "p50 at 64 [ms]": "json64.p50",
        "p99 at 64 [ms]": "json64.p99",
        "work at 16 [µs]": "json16.work",
      },
    ),
    table(
      `Streams: an event of 0.5 kB every ${EVENT_INTERVAL} ms. Lag is how late an event arrives, silence the longest gap in any stream. A burst is four streams as fast as they are read.`,
      {
        "32: first event p50 [ms]": "few.firstP50",
        "32: lag p50 [ms]": "few.lagP50",
        "32: lag p99 [ms]": "few.lagP99",
        "1,000: lag p50 [ms]": "many.lagP50",
        "1,000: silence [ms]": "many.gap",
        "burst [MB/s]": "burst.rate",
      },
    ),
    table(
      `Resident memory, and the start of the process to its first answer. Small heap: \`${SMALL_HEAP.flags.join(" ")}\`.`,
      {
        "at start [MB]": "start.resident",
        "after JSON [MB]": "afterJson.resident",
        "peak of 1,000 streams [MB]": "many.peak",
        "of it Node's program file [MB]": "many.mapped",
        "start [ms]": "start.up",
      },
      names.filter((name) => name !== "direct"),
    ),
  ];
}

function goalsOf(read: Read): readonly Goal[] {
  const ratio = (metric: string, to: string): Figure | undefined =>
    ratioOf(read(OURS, metric), read(to, metric));
  const added = (name: string, metric: string): Figure | undefined =>
    differenceOf(read(name, metric), read("direct", metric));
  const addedRatio = (metric: string): Figure | undefined =>
    ratioOf(added(OURS, metric), added(PIPE, metric));
  const atLeast = (says: string, measured: Figure | undefined, bound: number): Goal => ({
    ...atMost(says, measured, bound, "×"),
    side: "at least",
  });
  const peak = (name: string): Figure | undefined => read(name, "many.peak");
  return [
    atLeast("requests at 16, to copilot-api", ratio("json16.rate", COPILOT_API), 4),
    atLeast("requests at 64, to copilot-api", ratio("json64.rate", COPILOT_API), 4),
    atLeast("requests at 16, to the pipe", ratio("json16.rate", PIPE), 0.8),
    atLeast("requests at 64, to the pipe", ratio("json64.rate", PIPE), 0.8),
    atMost("added p50 at 1, to the pipe's", addedRatio("json1.p50"), 1.25, "×"),
    atMost("added p99 at 1, to the pipe's", addedRatio("json1.p99"), 1.25, "×"),
    atLeast("burst, to the pipe's", ratio("burst.rate", PIPE), 0.9),
    atMost("memory under 1,000 streams, over the pipe's", differenceOf(peak(OURS), peak(PIPE)), 30, "MB"),
    atMost("memory with a small heap", peak(OURS + SMALL_HEAP.name), 100, "MB"),
    atMost("memory of the pipe with a small heap", peak(PIPE + SMALL_HEAP.name), 100, "MB"),
    atMost("longest silence in 1,000 streams", read(OURS, "many.gap"), 1_000, "ms"),
  ];
}
