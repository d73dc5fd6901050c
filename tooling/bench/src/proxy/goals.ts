import { differenceOf, type Figure, ratioOf } from "../measure/figure.ts";
import type { Goal } from "../measure/result.ts";
import { type Concurrency, jsonAt, peakOf, type Read, type Reading, streamsOf } from "./sample.ts";

const OURS = "TokenFlow";
const PIPE = "a bare undici pipe";
const PEER = "copilot-api 0.7.0";

export function goalsOf(of: Read): readonly Goal[] {
  const rate = (concurrency: Concurrency, to: string): Figure | undefined =>
    ratioOf(of(OURS, jsonAt(concurrency, "rate")), of(to, jsonAt(concurrency, "rate")));
  const added = (name: string, reading: Reading): Figure | undefined =>
    differenceOf(of(name, reading), of("direct", reading));
  const toPipe = (reading: Reading): Figure | undefined =>
    ratioOf(added(OURS, reading), added(PIPE, reading));
  const least = (says: string, measured: Figure | undefined, bound: number): Goal => ({
    says,
    measured,
    bound,
    side: "at least",
    unit: "×",
  });
  const most = (
    says: string,
    measured: Figure | undefined,
    bound: number,
    unit: Goal["unit"] = "×",
  ): Goal => ({ says, measured, bound, side: "at most", unit });
  const burst = streamsOf("burst", "rate");
  const small = ", small heap";
  return [
    least("requests at 16, to copilot-api", rate(16, PEER), 4),
    least("requests at 64, to copilot-api", rate(64, PEER), 4),
    least("requests at 16, to the pipe", rate(16, PIPE), 0.8),
    least("requests at 64, to the pipe", rate(64, PIPE), 0.8),
    most("added p50 at 1, to the pipe's", toPipe(jsonAt(1, "p50")), 1.25),
    most("added p99 at 1, to the pipe's", toPipe(jsonAt(1, "p99")), 1.25),
    least("burst, to the pipe's", ratioOf(of(OURS, burst), of(PIPE, burst)), 0.9),
    most(
      "memory under 1,000 streams, over the pipe's",
      differenceOf(of(OURS, peakOf), of(PIPE, peakOf)),
      30,
      "MB",
    ),
    most("memory with a small heap", of(OURS + small, peakOf), 100, "MB"),
    most("memory of the pipe with a small heap", of(PIPE + small, peakOf), 100, "MB"),
    most("longest silence in 1,000 streams", of(OURS, streamsOf("many", "gap")), 1_000, "ms"),
  ];
}
