import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { hasServices } from "@tokenflow/services";
import { type Area, type Figure, figure, type Tools } from "../result.ts";
import { goalsOf } from "./goals.ts";
import { type JsonLoad, loadJson } from "./json-load.ts";
import { firstLine, type Memory, NO_MEMORY, startPinned } from "./processes.ts";
import { CONCURRENCIES, PACE, type Sample } from "./sample.ts";
import type { StreamLoad, StreamSettings } from "./stream-load.ts";
import { type Running, type Subject, subjectsOf } from "./subjects.ts";
import { tablesOf } from "./tables.ts";

const LOAD_CORE = 1;
const BURST = { events: 20_000, every: 0 };

/** What stands between a program and the service: the proxies on one core, the load and the service on another. */
export const proxy: Area = {
  id: "proxy",
  title: "The proxy",
  async run(tools) {
    const { folder, say } = tools;
    if (!hasServices("wrk", "taskset") || availableParallelism() < 2) {
      say("needs wrk and two cores: apt-get install wrk");
      return { tables: [], goals: [] };
    }
    await using upstream = startPinned(LOAD_CORE, [
      process.execPath,
      join(import.meta.dirname, "upstream.ts"),
    ]);
    const subjects = await subjectsOf(`http://127.0.0.1:${await firstLine(upstream)}`, folder);
    const samples = new Map(subjects.map(({ name }): [string, Sample[]] => [name, []]));
    const rounds = tools.quick ? 1 : 3;
    for (let round = 0; round < rounds; round += 1) {
      for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
        say(`round ${round + 1} of ${rounds}: ${subject.name}`);
        samples.get(subject.name)?.push(await measure(subject, tools));
      }
    }
    const of = (name: string, read: (sample: Sample) => number): Figure | undefined => {
      const values = (samples.get(name) ?? []).map(read).filter((value) => !Number.isNaN(value));
      return values.length > 0 ? figure(values) : undefined;
    };
    return { tables: tablesOf(subjects, of), goals: goalsOf(of) };
  },
};

async function measure(subject: Subject, { quick, folder }: Tools): Promise<Sample> {
  await using running = await subject.start();
  const { url } = running;
  const start = running.memory();
  const load = (concurrency: number, seconds: number): Promise<JsonLoad> =>
    loadJson(url, { concurrency, seconds, folder, core: LOAD_CORE });
  await load(16, quick ? 1 : 2);
  const json: JsonLoad[] = [];
  for (const concurrency of CONCURRENCIES) json.push(await load(concurrency, quick ? 1 : 2));
  const afterJson = running.memory();
  const { up } = running;
  if (subject.jsonOnly)
    return { json, up, memory: { start, json: afterJson, streams: NO_MEMORY, after: NO_MEMORY } };
  const few = await loadStreams({ url, streams: 32, pace: PACE });
  const burst = await loadStreams({ url, streams: 4, pace: quick ? { ...BURST, events: 2_000 } : BURST });
  const { peak, result: many } = await watched(running, () =>
    loadStreams({ url, streams: quick ? 100 : 1_000, pace: PACE }),
  );
  await new Promise((resolve) => setTimeout(resolve, 500));
  const after = running.memory();
  return {
    json,
    up,
    memory: { start, json: afterJson, streams: peak, after },
    streams: { few, many, burst },
  };
}

/** The most memory that was seen while something went on. */
async function watched<Result>(
  running: Running,
  work: () => Promise<Result>,
): Promise<{ readonly peak: Memory; readonly result: Result }> {
  let peak = running.memory();
  const timer = setInterval(() => {
    const now = running.memory();
    if (now.resident > peak.resident) peak = now;
  }, 50);
  try {
    return { result: await work(), peak };
  } finally {
    clearInterval(timer);
  }
}

async function loadStreams(settings: StreamSettings): Promise<StreamLoad> {
  const program = join(import.meta.dirname, "stream-load.ts");
  const command = ["-c", String(LOAD_CORE), process.execPath, program, JSON.stringify(settings)];
  const { stdout } = await promisify(execFile)("taskset", command);
  return JSON.parse(stdout) as StreamLoad;
}
