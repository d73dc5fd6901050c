import type { Goal } from "../result.ts";
import type { Read, Sample } from "./sample.ts";

const OURS = "TokenFlow";
const PIPE = "a bare undici pipe";

export function goalsOf(of: Read): readonly Goal[] {
  const at = (name: string, read: (sample: Sample) => number): number => of(name, read)?.median ?? Number.NaN;
  const rate = (name: string, index: number): number =>
    at(name, ({ json }) => json[index]?.rate ?? Number.NaN);
  const added = (name: string, part: "p50" | "p99"): number =>
    at(name, ({ json }) => json[0]?.[part] ?? Number.NaN) -
    at("direct", ({ json }) => json[0]?.[part] ?? Number.NaN);
  const least = (says: string, measured: number, bound: number): Goal => ({
    says,
    measured,
    bound,
    side: "at least",
    unit: "×",
  });
  const most = (says: string, measured: number, bound: number, unit: Goal["unit"] = "×"): Goal => ({
    says,
    measured,
    bound,
    side: "at most",
    unit,
  });
  const peer = "copilot-api 0.7.0";
  const memory = ({ memory: { streams } }: Sample): number => streams.resident;
  const small = ", small heap";
  return [
    least("requests at 16, to copilot-api", rate(OURS, 1) / rate(peer, 1), 4),
    least("requests at 64, to copilot-api", rate(OURS, 2) / rate(peer, 2), 4),
    least("requests at 16, to the pipe", rate(OURS, 1) / rate(PIPE, 1), 0.8),
    least("requests at 64, to the pipe", rate(OURS, 2) / rate(PIPE, 2), 0.8),
    most("added p50 at 1, to the pipe's", added(OURS, "p50") / added(PIPE, "p50"), 1.25),
    most("added p99 at 1, to the pipe's", added(OURS, "p99") / added(PIPE, "p99"), 1.25),
    least(
      "burst, to the pipe's",
      at(OURS, ({ streams }) => streams?.burst.rate ?? Number.NaN) /
        at(PIPE, ({ streams }) => streams?.burst.rate ?? Number.NaN),
      0.9,
    ),
    most("memory under 1,000 streams, over the pipe's", at(OURS, memory) - at(PIPE, memory), 30, "MB"),
    most("memory with a small heap", at(OURS + small, memory), 100, "MB"),
    most("memory of the pipe with a small heap", at(PIPE + small, memory), 100, "MB"),
    most(
      "longest silence in 1,000 streams",
      at(OURS, ({ streams }) => streams?.many.gap ?? Number.NaN),
      1_000,
      "ms",
    ),
  ];
}
