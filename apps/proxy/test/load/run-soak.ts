/**
 * `pnpm test:soak [minutes]`: sends requests of all kinds to one proxy whose tokens expire every few seconds. Prints
 * the proxy's memory for each minute, and how much longer answers take while somebody attacks. Exits with 1 if the
 * memory grew, a request failed, or an attack slows down others too much.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSection } from "@tokenflow/services";
import { startSimulator } from "@tokenflow/simulator";
import { addressOf, startProgram } from "../fixtures/program.ts";
import { createTurns, startAttack } from "./start-attack.ts";

const [minutes = 10] = process.argv.slice(2).map(Number);
const CALLERS = 32;
const SAMPLE = 1_000;
/** The growth allowed between the second quarter and the last: noise of the garbage collector, not a leak. */
const GROWTH = 1.1;
const SLACK = 8 * 1024 * 1024;
const MIB = 1024 * 1024;
const KEY = "the-key-of-the-soak";
/** Bombs, header storms and guesses of keys in a second, and how long they last before there is peace again. */
const ATTACKS_PER_SECOND = 10;
const TURN = 15_000;
/** How many times as long as in peace the 99th percentile may be. */
const MAX_RATIO = 3;

const home = await mkdtemp(join(tmpdir(), "tokenflow-soak-"));
const simulator = await startSimulator({
  // Exchanged tokens expire.
  unknownEditors: true,
  tokenLifetime: 10,
  chunks: 20,
  chunkDelay: 5,
});
const program = startProgram(["--port", "0", "--log", "none"], {
  HOME: home,
  TOKENFLOW_HOME: home,
  ...simulator.env,
  TOKENFLOW_COPILOT_GRANT: simulator.createGrant("github"),
  TOKENFLOW_PROXY_KEY: KEY,
});
const url = await addressOf(program);
const headers = { authorization: `Bearer ${KEY}` };
const attack = await startAttack(url, KEY, ATTACKS_PER_SECOND);
const turns = createTurns(TURN);
const end = performance.now() + minutes * 60_000;
const counts = { whole: 0, left: 0, wrong: 0, looked: 0 };
const isOver = (): boolean => performance.now() > end;

/** The first errors, for debugging. */
function wrong(what: string): void {
  counts.wrong += 1;
  if (counts.wrong <= 5) process.stderr.write(`${what}\n`);
}

/** Makes one call: complete, streamed, or aborted midway. */
async function call(turn: number): Promise<void> {
  const stream = turn % 3 !== 0;
  const leave = turn % 7 === 0;
  const caller = new AbortController();
  const begin = performance.now();
  try {
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers,
      signal: caller.signal,
      body: JSON.stringify({
        model: "gpt-4.1",
        stream,
        messages: [{ role: "user", content: `Turn ${turn}` }],
      }),
    });
    turns.add(performance.now() - begin);
    if (leave) {
      counts.left += 1;
      return caller.abort();
    }
    const text = await answer.text();
    if (answer.status === 200 && (!stream || text.trimEnd().endsWith("[DONE]"))) counts.whole += 1;
    else wrong(`${answer.status} ${text.slice(0, 200)}`);
  } catch (error) {
    if (!isOver()) wrong(String(error));
  }
}

async function keepCalling(first: number): Promise<void> {
  for (let turn = first; !isOver(); turn += CALLERS) await call(turn);
}

/** Opens and closes a dashboard, over and over. */
async function keepLooking(): Promise<void> {
  while (!isOver()) {
    const caller = new AbortController();
    const answer = await fetch(`${url}/api/events`, { headers, signal: caller.signal });
    const reader = answer.body?.getReader();
    for (let part = 0; part < 200 && !isOver(); part += 1) await reader?.read();
    caller.abort();
    await (await fetch(`${url}/metrics`, { headers })).text();
    counts.looked += 1;
  }
}

const samples: number[] = [];
async function sample(): Promise<void> {
  while (!isOver()) {
    const status = await readFile(`/proc/${program.child.pid}/status`, "utf8");
    samples.push(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024);
    // The upstream revokes all its tokens now and then, during requests.
    if (samples.length % 30 === 0) simulator.expireTokens();
    // The simulator's journal must not grow either.
    (simulator.journal as unknown[]).length = 0;
    await new Promise((resolve) => setTimeout(resolve, SAMPLE));
  }
}

await Promise.all([
  ...Array.from({ length: CALLERS }, (_, first) => keepCalling(first)),
  keepLooking(),
  sample(),
  turns.run(attack, isOver),
]);
const attacked = await attack.end();

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const quarter = Math.floor(samples.length / 4);
const early = median(samples.slice(quarter, 2 * quarter));
const late = median(samples.slice(3 * quarter));
const perMinute = Array.from({ length: Math.ceil(samples.length / 60) }, (_, minute) =>
  Math.round(median(samples.slice(minute * 60, (minute + 1) * 60)) / MIB),
);
const { exchanges } = simulator.counts;
program.child.kill("SIGTERM");
const exit = await program.over;
const { peace, attack: attackTime, ratio } = turns.result();
const isFlat = late < early * GROWTH + SLACK;
const result =
  `${minutes} min, ${CALLERS} callers: ${counts.whole} whole answers, ${counts.left} left, ${counts.wrong} wrong, ` +
  `${exchanges} redemptions, ${counts.looked} looks; exit ${exit}. ` +
  `Memory by minute (MiB): ${perMinute.join(" ")}; second quarter ${Math.round(early / MIB)}, last ${Math.round(late / MIB)}: ` +
  `${isFlat ? "flat" : "GREW"}\n\n` +
  `Every other ${TURN / 1000} s ${ATTACKS_PER_SECOND} attacks a second: ${attacked.sent} in all, ` +
  `${attacked.stopped} refused, ${attacked.broken} cut off, others: ${JSON.stringify(attacked.unexpected)}. ` +
  `The p99 until an answer begins: ${peace.toFixed(0)} ms in peace, ${attackTime.toFixed(0)} ms under attack: ` +
  `${ratio.toFixed(2)} times\n`;
process.stdout.write(result);
await writeSection("docs/proof.md", "soak", result);
await program[Symbol.asyncDispose]();
await simulator.close();
await rm(home, { recursive: true, force: true });
process.exitCode = isFlat && counts.wrong === 0 && exit === 0 && ratio <= MAX_RATIO ? 0 : 1;
