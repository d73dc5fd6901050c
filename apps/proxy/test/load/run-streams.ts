/** `pnpm test:streams [count] [seconds]`: runs that many streams with an event every 20 ms; exits with 1 if one stalls. */
import { writeSection } from "@tokenflow/services";
import { readStream, startLoad } from "./start-load.ts";

const [count = 1000, seconds = 20] = process.argv.slice(2).map(Number);
const MAX_GAP = 1_000;
const EVENTS_PER_SECOND = 50;

await using load = await startLoad();
const start = performance.now();
const events = seconds * EVENTS_PER_SECOND;
const streams = await Promise.all(Array.from({ length: count }, () => readStream(load.url, events)));
const took = (performance.now() - start) / 1000;
const gaps = streams.map(({ gap }) => gap).sort((a, b) => a - b);
const longest = gaps.at(-1) ?? 0;
const whole = streams.filter((stream) => stream.isWhole && stream.events === events + 1).length;
const result =
  `${count} streams, ${whole} whole, ${count * events} events in ${took.toFixed(1)} s; ` +
  `longest gap: median ${Math.round(gaps[Math.floor(count / 2)] ?? 0)} ms, worst ${Math.round(longest)} ms; ` +
  `proxy memory ${Math.round((await load.memory()) / 1024 / 1024)} MiB\n`;
process.stdout.write(result);
await writeSection("docs/proof.md", "streams", result);
process.exitCode = whole === count && longest < MAX_GAP ? 0 : 1;
