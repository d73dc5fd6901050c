import type { Row, Table } from "../result.ts";
import { CONCURRENCIES, PACE, type Read, type Sample } from "./sample.ts";
import type { Subject } from "./subjects.ts";

export function tablesOf(subjects: readonly Subject[], of: Read): readonly Table[] {
  const rows = (reads: readonly ((sample: Sample) => number)[], shown = subjects): readonly Row[] =>
    shown.map(({ name, kind }) => ({ name, kind, cells: reads.map((read) => of(name, read)) }));
  const whole = subjects.filter(({ jsonOnly }) => !jsonOnly);
  const programs = whole.filter(({ name }) => name !== "direct");
  return [
    {
      title: "JSON answers",
      about:
        "A question of 1 kB, an answer of 1 kB, by wrk; so many callers ask again as soon as they are answered. TokenFlow has each question whole, since it may have to send it twice.",
      columns: CONCURRENCIES.map((callers) => ({ title: `${callers} at once`, unit: "req/s" })),
      rows: rows(CONCURRENCIES.map((_, index) => (sample) => sample.json[index]?.rate ?? Number.NaN)),
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
      rows: rows([
        (sample) => sample.json[0]?.p50 ?? Number.NaN,
        (sample) => sample.json[0]?.p99 ?? Number.NaN,
        (sample) => sample.json[2]?.p50 ?? Number.NaN,
        (sample) => sample.json[2]?.p99 ?? Number.NaN,
      ]),
    },
    {
      title: "Streams",
      about: `An event of 0.5 kB every ${PACE.every} ms in each stream; how late it arrives, and the longest silence in any stream. A burst is four streams as fast as they are taken.`,
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
          ({ streams }) => streams?.few.firstP50 ?? Number.NaN,
          ({ streams }) => streams?.few.lagP50 ?? Number.NaN,
          ({ streams }) => streams?.few.lagP99 ?? Number.NaN,
          ({ streams }) => streams?.many.lagP50 ?? Number.NaN,
          ({ streams }) => streams?.many.gap ?? Number.NaN,
          ({ streams }) => streams?.burst.rate ?? Number.NaN,
        ],
        whole,
      ),
      plot: 5,
    },
    {
      title: "Memory and start",
      about:
        "Resident memory of the process: after its first answer, after the JSON load, the most during 1,000 streams, and half a second after. Some of it is Node's own program file, which all processes share. Small heap: `--max-semi-space-size=1 --max-old-space-size=64`.",
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
          ({ memory }) => memory.start.resident,
          ({ memory }) => memory.json.resident,
          ({ memory }) => memory.streams.resident,
          ({ memory }) => memory.after.resident,
          ({ memory }) => memory.after.mapped,
          ({ up }) => up,
        ],
        programs,
      ),
      plot: 2,
    },
  ];
}
