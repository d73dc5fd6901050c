import { differenceOf, type Figure, figure, ratioOf } from "../measure/figure.ts";
import { samplesInRounds } from "../measure/in-rounds.ts";
import { type AreaResult, atMost, type Goal, type Row, type Tools } from "../measure/result.ts";
import { loadStreams } from "./measure.ts";
import { COPILOT_API, copilotApiOf, OURS, type Running } from "./subjects.ts";
import { PAIRS, type Pair, WAYS, type Way } from "./translation-pairs.ts";

/** As many as in the table of the proxy. With few, each write also wakes a service and callers that wait. */
const CALLERS = 16;
const CALLS = 250;
const ROUNDS = 7;
const WARM_UP = 3;

interface Case {
  readonly name: string;
  readonly running: Running;
  readonly pair: Pair;
}

/**
 * Measures the processor time of a whole answer that is translated, in turns with that of the same answer for a caller of
 * its own dialect, and with copilot-api, which translates chat for callers of Messages alone.
 */
export async function measureAnswers(
  upstream: string,
  ours: Running,
  { quick, folder, say }: Tools,
): Promise<AreaResult> {
  await using peer = await (await copilotApiOf(upstream, folder)).start();
  const nameOf = (subject: string, { name }: Pair): string => `${subject}: ${name}`;
  const cases: readonly Case[] = [
    ...PAIRS.map((pair) => ({ name: nameOf(OURS, pair), running: ours, pair })),
    ...PAIRS.slice(0, 1).map((pair) => ({ name: nameOf(COPILOT_API, pair), running: peer, pair })),
  ];
  const keys = cases.flatMap(({ name }) => WAYS.map((way) => `${name} ${way}`));
  const measure = async (key: string): Promise<number> => {
    const found = cases.find(({ name }) => key.startsWith(`${name} `));
    return found
      ? await load(found, key.endsWith("native") ? "native" : "translated", quick ? 50 : CALLS)
      : Number.NaN;
  };
  say("whole answers");
  for (let turn = 0; turn < WARM_UP; turn += 1) for (const key of keys) await measure(key);
  const samples = await samplesInRounds(quick ? 1 : ROUNDS, keys, measure);
  const work = (name: string, way: Way): Figure => figure(samples.get(`${name} ${way}`) ?? []);

  const rows: Row[] = [];
  const goals: Goal[] = [];
  for (const { name, pair } of cases) {
    const translated = work(name, "translated");
    const added = differenceOf(translated, work(name, "native"));
    const isOurs = name.startsWith(OURS);
    const other = nameOf(COPILOT_API, pair);
    const ratio =
      isOurs && samples.has(`${other} translated`)
        ? ratioOf(translated, work(other, "translated"))
        : undefined;
    rows.push([name, work(name, "native"), translated, added, ratio]);
    if (isOurs) goals.push(atMost(`whole answer of ${pair.name}, over native`, added, 30, "µs"));
    if (ratio) goals.push(atMost(`whole answer of ${pair.name}, to copilot-api's`, ratio, 1, "×"));
  }
  return {
    tables: [
      {
        about: `Whole answers of 1 kB to ${CALLERS} callers that ask again at once: processor time of the proxy for each. Both callers get the same answer of the upstream. copilot-api counts the tokens of a native request, but not those of one that it translates.`,
        columns: ["native [µs]", "translated [µs]", "added [µs]", "to copilot-api's [×]"],
        rows,
      },
    ],
    goals,
  };
}

/** Returns the processor time for an answer, in microseconds. */
async function load({ running, pair }: Case, way: Way, calls: number): Promise<number> {
  const before = running.processorTime();
  await loadStreams({
    url: running.url,
    streams: CALLERS,
    calls,
    whole: true,
    pace: { events: 1, every: 0, kind: pair.kind },
    path: pair.paths[way],
    model: pair.model,
  });
  return (running.processorTime() - before) / (CALLERS * calls);
}
