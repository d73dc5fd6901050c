import { type Figure, figure } from "../measure/figure.ts";
import { samplesInRounds } from "../measure/in-rounds.ts";
import type { Tools } from "../measure/result.ts";
import type { Running, Subject } from "./subjects.ts";

/** Returns the figure of a metric of a subject: `json16.rate`, `many.gap`. Undefined if it was not measured. */
export type Read = (subject: string, metric: string) => Figure | undefined;

export type Sample = Readonly<Record<string, number>>;

/** Subjects that are up, and take turns. All run from first to last, since an idle one costs nothing. */
export interface Turns extends AsyncDisposable {
  /** Measures every subject once in each round. */
  take(phase: string, rounds: number, measure: (it: Running) => Promise<Sample>): Promise<void>;
  readonly read: Read;
}

/** Starts the subjects, and measures the start itself as the phase `start`. */
export async function startTurns(subjects: readonly Subject[], { quick, say }: Tools): Promise<Turns> {
  const running = new Map<string, Running>();
  const samples = new Map<string, number[]>();
  const turns: Turns = {
    async take(phase, rounds, measure) {
      say(phase);
      await samplesInRounds(quick ? 1 : rounds, [...running.keys()], async (name) => {
        const it = running.get(name);
        for (const [metric, value] of Object.entries(it ? await measure(it) : {})) {
          const key = `${name} ${phase}.${metric}`;
          samples.set(key, [...(samples.get(key) ?? []), value]);
        }
      });
    },
    read: (subject, metric) => {
      const values = samples.get(`${subject} ${metric}`)?.filter(Number.isFinite) ?? [];
      return values.length > 0 ? figure(values) : undefined;
    },
    async [Symbol.asyncDispose]() {
      for (const it of running.values()) await it[Symbol.asyncDispose]();
    },
  };
  try {
    for (const { name, start } of subjects) running.set(name, await start());
  } catch (error) {
    await turns[Symbol.asyncDispose]();
    throw error;
  }
  await turns.take("start", 1, async ({ up, memory }) => ({ up, ...memory() }));
  return turns;
}
