import type { Row, Table } from "../measure/result.ts";
import { EVERY } from "./rounds.ts";
import { CONCURRENCIES, jsonAt, peakOf, type Read, type Reading, streamsOf } from "./sample.ts";
import type { Subject } from "./subjects.ts";

export function tablesOf(subjects: readonly Subject[], of: Read): readonly Table[] {
  const rows = (reads: readonly Reading[], shown = subjects): readonly Row[] =>
    shown.map(({ name, kind }) => ({ name, kind, cells: reads.map((read) => of(name, read)) }));
  const proxies = subjects.filter(({ name }) => name !== "direct");
  const whole = subjects.filter(({ jsonOnly }) => !jsonOnly);
  const programs = proxies.filter(({ jsonOnly }) => !jsonOnly);
  return [
    {
      title: "JSON answers",
      about:
        "A question of 1 kB, an answer of 1 kB, by wrk; so many callers ask again as soon as they are answered. All are up together and are asked in turns of half a second. TokenFlow has each question whole, since it may have to send it twice.",
      columns: CONCURRENCIES.map((callers) => ({ title: `${callers} at once`, unit: "req/s" })),
      rows: rows(CONCURRENCIES.map((callers) => jsonAt(callers, "rate"))),
      plot: 1,
    },
    {
      title: "How long one waits",
      about: "The same load: half of the answers, and all but one in a hundred, came within.",
      columns: [
        { title: "p50 at 1", unit: "ms" },
        { title: "p99 at 1", unit: "ms" },
        { title: "p50 at 64", unit: "ms" },
        { title: "p99 at 64", unit: "ms" },
      ],
      rows: rows([jsonAt(1, "p50"), jsonAt(1, "p99"), jsonAt(64, "p50"), jsonAt(64, "p99")]),
    },
    {
      title: "Processor time for an answer",
      about:
        "The same load: what the proxy's process itself had of the processor, in its own code and in the system's, for each answer. What it waited for, and what others took meanwhile, is not in it.",
      columns: [
        { title: "at 16", unit: "µs" },
        { title: "at 64", unit: "µs" },
      ],
      rows: rows([jsonAt(16, "work"), jsonAt(64, "work")], proxies),
    },
    {
      title: "Streams",
      about: `An event of 0.5 kB every ${EVERY} ms in each stream; how late it arrives, and the longest silence in any stream. A burst is four streams as fast as they are taken.`,
      columns: [
        { title: "32: first event p50", unit: "ms" },
        { title: "32: lag p50", unit: "ms" },
        { title: "32: lag p99", unit: "ms" },
        { title: "1,000: lag p50", unit: "ms" },
        { title: "1,000: longest silence", unit: "ms" },
        { title: "burst", unit: "MB/s" },
      ],
      rows: rows(
        [
          streamsOf("few", "firstP50"),
          streamsOf("few", "lagP50"),
          streamsOf("few", "lagP99"),
          streamsOf("many", "lagP50"),
          streamsOf("many", "gap"),
          streamsOf("burst", "rate"),
        ],
        whole,
      ),
      plot: 5,
    },
    {
      title: "Memory and start",
      about:
        "Resident memory of the process: after its first answer, after all of its JSON answers, the most in a round of 1,000 streams, and half a second after it. Some of it is Node's own program file, which all processes share. Small heap: `--max-semi-space-size=1 --max-old-space-size=64`.",
      columns: [
        { title: "at start", unit: "MB" },
        { title: "JSON", unit: "MB" },
        { title: "1,000 streams", unit: "MB" },
        { title: "after", unit: "MB" },
        { title: "of it the program file", unit: "MB" },
        { title: "start to first answer", unit: "ms" },
      ],
      rows: rows(
        [
          ({ starts }) => starts.map(({ memory }) => memory.resident),
          ({ afterJson }) => afterJson.map(({ resident }) => resident),
          peakOf,
          ({ many }) => many.map(({ after }) => after.resident),
          ({ many }) => many.map(({ after }) => after.mapped),
          ({ starts }) => starts.map(({ up }) => up),
        ],
        programs,
      ),
      plot: 2,
    },
  ];
}
