import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { Tools } from "../measure/result.ts";
import { LOAD_CORE } from "./processes.ts";
import type { StreamLoad, StreamSettings } from "./stream-load.ts";
import type { Running, Subject } from "./subjects.ts";
import { type Read, type Sample, startTurns, type Turns } from "./turns.ts";

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

/** Measures all subjects in short turns. */
export async function measureInTurns(subjects: readonly Subject[], tools: Tools): Promise<Read> {
  const { quick } = tools;
  await using turns = await startTurns(subjects, tools);
  const streams = (count: number, events: number, every: number) => (it: Running) =>
    loadStreams({ url: it.url, streams: count, pace: { events, every } });

  await measureJson(turns, CONCURRENCIES, tools);
  await turns.take("afterJson", 1, async ({ memory }) => ({ ...memory() }));
  await turns.take("few", 5, streams(32, 50, EVENT_INTERVAL));
  await turns.take("burst", 5, streams(4, quick ? 2_000 : 10_000, 0));
  await turns.take("many", 3, async (it) => {
    let peak = 0;
    const timer = setInterval(() => (peak = Math.max(peak, it.memory().resident)), 50);
    const load = await streams(quick ? 100 : 1_000, quick ? 50 : 150, EVENT_INTERVAL)(it);
    clearInterval(timer);
    await sleep(500);
    return { ...load, peak, ...it.memory() };
  });
  return turns.read;
}

/** Measures questions and answers of 1 kB, for each number of callers as the phase `json16`. */
export async function measureJson(
  turns: Turns,
  concurrencies: readonly number[],
  { quick, folder }: Tools,
): Promise<void> {
  const script = join(folder, "load.lua");
  await writeFile(script, SCRIPT);
  await turns.take("warm", 1, (it) => loadJson(it, 16, quick ? JSON_TURN : WARM_UP, script));
  for (const callers of concurrencies) {
    await turns.take(`json${callers}`, 9, (it) => loadJson(it, callers, JSON_TURN, script));
  }
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
