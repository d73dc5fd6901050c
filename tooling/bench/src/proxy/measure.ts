import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type Figure, figure } from "../measure/figure.ts";
import { samplesInRounds } from "../measure/in-rounds.ts";
import type { Tools } from "../measure/result.ts";
import type { StreamLoad, StreamSettings } from "./stream-load.ts";
import type { Running, Subject } from "./subjects.ts";

export const LOAD_CORE = 1;
/** Between two events of a stream, in milliseconds: the pace of a quick model. */
export const EVENT_INTERVAL = 20;
export const CONCURRENCIES = [1, 16, 64] as const;

/** In milliseconds: how long a subject is asked for JSON answers before the next one has its turn. */
const JSON_TURN = 500;
const WARM_UP = 2_000;

const SCRIPT = `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"model":"gpt-4.1","messages":[{"role":"user","content":"' .. string.rep("hello ", 150) .. '"}]}'
done = function(summary, latency, requests)
  io.write(string.format("BENCH %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), summary.errors.status + summary.errors.connect + summary.errors.read))
end
`;

/** Returns the figure of a metric of a subject: `json16.rate`, `many.gap`. Undefined if it was not measured. */
export type Read = (subject: string, metric: string) => Figure | undefined;

type Sample = Readonly<Record<string, number>>;

/** Measures all subjects in short turns. All run from first to last, since an idle one costs nothing. */
export async function measureInTurns(
  subjects: readonly Subject[],
  { quick, folder, say }: Tools,
): Promise<Read> {
  const running = new Map<string, Running>();
  const samples = new Map<string, number[]>();
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(async () => {
    for (const it of running.values()) await it[Symbol.asyncDispose]();
  });
  const inTurns = async (
    phase: string,
    rounds: number,
    measure: (it: Running) => Promise<Sample>,
  ): Promise<void> => {
    say(phase);
    const names = [...running.keys()];
    await samplesInRounds(quick ? 1 : rounds, names, async (name) => {
      const it = running.get(name);
      for (const [metric, value] of Object.entries(it ? await measure(it) : {})) {
        const key = `${name} ${phase}.${metric}`;
        samples.set(key, [...(samples.get(key) ?? []), value]);
      }
    });
  };
  const streams = (count: number, events: number, every: number) => (it: Running) =>
    loadStreams({ url: it.url, streams: count, pace: { events, every } });

  for (const { name, start } of subjects) running.set(name, await start());
  await inTurns("start", 1, async ({ up, memory }) => ({ up, ...memory() }));
  const script = join(folder, "load.lua");
  await writeFile(script, SCRIPT);
  await inTurns("warm", 1, (it) => loadJson(it, 16, quick ? JSON_TURN : WARM_UP, script));
  for (const callers of CONCURRENCIES) {
    await inTurns(`json${callers}`, 9, (it) => loadJson(it, callers, JSON_TURN, script));
  }
  await inTurns("afterJson", 1, async ({ memory }) => ({ ...memory() }));
  await inTurns("few", 5, streams(32, 50, EVENT_INTERVAL));
  await inTurns("burst", 5, streams(4, quick ? 2_000 : 10_000, 0));
  await inTurns("many", 3, async (it) => {
    let peak = 0;
    const timer = setInterval(() => (peak = Math.max(peak, it.memory().resident)), 50);
    const load = await streams(quick ? 100 : 1_000, quick ? 50 : 150, EVENT_INTERVAL)(it);
    clearInterval(timer);
    await sleep(500);
    return { ...load, peak, ...it.memory() };
  });
  return (subject, metric) => {
    const values = samples.get(`${subject} ${metric}`)?.filter(Number.isFinite) ?? [];
    return values.length > 0 ? figure(values) : undefined;
  };
}

/** Loads with callers that ask again as soon as they are answered, by wrk on the upstream's core. */
async function loadJson(it: Running, callers: number, milliseconds: number, script: string): Promise<Sample> {
  const before = it.processorTime();
  const flags = ["-t1", `-c${callers}`, "-d10s", "-s", script, `${it.url}/v1/chat/completions`];
  const running = promisify(execFile)("taskset", ["-c", String(LOAD_CORE), "wrk", ...flags]);
  // wrk takes whole seconds. Interrupted, it ends at once and prints how long it ran.
  const timer = setTimeout(() => running.child.kill("SIGINT"), milliseconds);
  const { stdout } = await running.finally(() => clearTimeout(timer));
  const numbers = /BENCH (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stdout)?.slice(1).map(Number) ?? [];
  const [requests, duration = 0, p50 = 0, p99 = 0, errors] = numbers;
  if (requests === undefined || errors !== 0) throw new Error(`${it.url} failed under load:\n${stdout}`);
  const work = (it.processorTime() - before) / requests;
  return { rate: requests / (duration / 1e6), p50: p50 / 1000, p99: p99 / 1000, work };
}

export async function loadStreams(settings: StreamSettings): Promise<Sample> {
  const program = join(import.meta.dirname, "stream-load.ts");
  const command = ["-c", String(LOAD_CORE), process.execPath, program, JSON.stringify(settings)];
  const { stdout } = await promisify(execFile)("taskset", command);
  return { ...(JSON.parse(stdout) as StreamLoad) };
}
