import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { samplesInRounds } from "../measure/in-rounds.ts";
import type { Tools } from "../measure/result.ts";
import { loadJson } from "./json-load.ts";
import type { Memory } from "./processes.ts";
import { CONCURRENCIES, type JsonSample, type Samples } from "./sample.ts";
import type { StreamLoad, StreamSettings } from "./stream-load.ts";
import type { Running, Subject } from "./subjects.ts";
import type { Pace } from "./upstream.ts";

export const LOAD_CORE = 1;
/** Between two events of a stream, in milliseconds: the pace of a quick model. */
export const EVERY = 20;

const ROUNDS = { starts: 3, json: 9, few: 5, burst: 5, many: 3 } as const;
const ONE_EACH = { starts: 1, json: 1, few: 1, burst: 1, many: 1 } as const;
/** How long a subject is asked for JSON answers before the next one has its turn, in milliseconds. */
const JSON_TURN = 500;
const WARM_UP = 2_000;
const ONE_SECOND: Pace = { events: 50, every: EVERY };
const THREE_SECONDS: Pace = { events: 150, every: EVERY };
const BURST: Pace = { events: 10_000, every: 0 };

/**
 * Measures all subjects in short turns. They are up together from first to last, since one that idles takes
 * nothing from the others.
 */
export async function measureInTurns(
  subjects: readonly Subject[],
  { quick, folder, say }: Tools,
): Promise<ReadonlyMap<string, Samples>> {
  const rounds = quick ? ONE_EACH : ROUNDS;
  const byName = new Map(subjects.map((subject) => [subject.name, subject]));
  const names = [...byName.keys()];
  const running = new Map<string, Running>();
  await using cleanup = new AsyncDisposableStack();
  cleanup.defer(async () => {
    await Promise.all([...running.values()].map((it) => it[Symbol.asyncDispose]()));
  });
  const at = <Result>(measure: (it: Running) => Promise<Result>) => {
    return async (name: string): Promise<Result> => {
      const it = running.get(name);
      if (!it) throw new Error(`${name} is not up`);
      return await measure(it);
    };
  };

  say("starts");
  const starts = await samplesInRounds(rounds.starts, names, async (name) => {
    await running.get(name)?.[Symbol.asyncDispose]();
    const it = await byName.get(name)?.start();
    if (!it) throw new Error(`There is no subject ${name}`);
    running.set(name, it);
    return { up: it.up, memory: it.memory() };
  });

  const load = (concurrency: number, milliseconds: number): ((name: string) => Promise<JsonSample>) =>
    at(async (it) => {
      const before = it.processorTime();
      const sample = await loadJson(it.url, { concurrency, milliseconds, folder, core: LOAD_CORE });
      return { ...sample, work: (it.processorTime() - before) / sample.requests };
    });
  say("JSON answers");
  await samplesInRounds(1, names, load(16, quick ? 500 : WARM_UP));
  const json: ReadonlyMap<string, readonly JsonSample[]>[] = [];
  for (const concurrency of CONCURRENCIES) {
    say(`JSON answers, ${concurrency} at once`);
    json.push(await samplesInRounds(rounds.json, names, load(concurrency, JSON_TURN)));
  }
  const afterJson = await samplesInRounds(
    1,
    names,
    at(async (it) => it.memory()),
  );

  const whole = subjects.filter(({ jsonOnly }) => !jsonOnly).map(({ name }) => name);
  const read = (streams: number, pace: Pace): ((name: string) => Promise<StreamLoad>) =>
    at(({ url }) => loadStreams({ url, streams, pace }));
  say("32 streams");
  const few = await samplesInRounds(rounds.few, whole, read(32, ONE_SECOND));
  say("bursts");
  const burst = await samplesInRounds(
    rounds.burst,
    whole,
    read(4, quick ? { ...BURST, events: 2_000 } : BURST),
  );
  say(`${quick ? 100 : 1_000} streams`);
  const many = await samplesInRounds(
    rounds.many,
    whole,
    at(async (it) => {
      const settings = {
        url: it.url,
        streams: quick ? 100 : 1_000,
        pace: quick ? ONE_SECOND : THREE_SECONDS,
      };
      const { peak, result } = await watched(it, () => loadStreams(settings));
      await wait(500);
      return { ...result, peak, after: it.memory() };
    }),
  );
  return new Map(
    names.map((name) => {
      const of = <Sample>(samples: ReadonlyMap<string, readonly Sample[]>): readonly Sample[] =>
        samples.get(name) ?? [];
      return [
        name,
        {
          starts: of(starts),
          json: json.map(of),
          afterJson: of(afterJson),
          few: of(few),
          burst: of(burst),
          many: of(many),
        },
      ];
    }),
  );
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
