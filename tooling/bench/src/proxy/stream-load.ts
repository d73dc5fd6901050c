/** Reads many streams at once, in its own process on the upstream's core, and prints how they arrived. */
import { Agent, request } from "node:http";
import { type Pace, paceText } from "./pace.ts";

export interface StreamLoad {
  /** From the request to the first event, in milliseconds. */
  readonly firstP50: number;
  /** From the sending of a stream's first event with a time to its arrival, in milliseconds. */
  readonly firstLagP50: number;
  /** From an event's sending to its arrival, in milliseconds. */
  readonly lagP50: number;
  readonly lagP99: number;
  /** The longest silence in any stream, in milliseconds. */
  readonly gap: number;
  /** Megabytes a second over all streams. */
  readonly rate: number;
  /** Events a second over all streams. */
  readonly eventRate: number;
}

export interface StreamSettings {
  readonly url: string;
  /** How many streams are read at once. */
  readonly streams: number;
  /** How many are read one after another in the place of each. @default 1 */
  readonly calls?: number | undefined;
  readonly pace: Pace;
  /** Asks for whole answers. @default false */
  readonly whole?: boolean | undefined;
  /** @default "/v1/chat/completions" */
  readonly path?: StreamPath | undefined;
  /** @default "gpt-4.1" */
  readonly model?: string | undefined;
}

export type StreamPath = "/v1/chat/completions" | "/v1/responses" | "/v1/messages";

const {
  url,
  streams,
  calls = 1,
  pace,
  whole = false,
  path = "/v1/chat/completions",
  model = "gpt-4.1",
} = JSON.parse(process.argv[2] ?? "") as StreamSettings;
const STAMP = /"(?:content|delta|text)":"(\d{10,}) /g;

const firsts: number[] = [];
const lags: number[] = [];
const firstLags: number[] = [];
let gap = 0;
let bytes = 0;

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}

const agent = new Agent({ keepAlive: true, maxSockets: streams });
const question = [{ role: "user", content: paceText(pace) }];
const body = JSON.stringify({
  model,
  stream: !whole,
  ...(path === "/v1/responses" ? { input: question } : { messages: question }),
  ...(path === "/v1/messages" ? { max_tokens: 1_000 } : {}),
});

function readOne(): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = now();
    let last: number | undefined;
    let isStamped = false;
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const call = request(`${url}${path}`, { method: "POST", agent, headers }, (response) => {
      if (response.statusCode !== 200 && response.statusCode !== pace.status)
        return reject(new Error(`Answered ${response.statusCode}`));
      response.on("data", (part: Buffer) => {
        const at = now();
        bytes += part.length;
        if (last === undefined) firsts.push(at - begin);
        else gap = Math.max(gap, at - last);
        last = at;
        if (pace.every === 0) return;
        for (const [, stamp] of part.toString("latin1").matchAll(STAMP)) {
          const lag = at - Number(stamp) / 1e6;
          lags.push(lag);
          if (!isStamped) firstLags.push(lag);
          isStamped = true;
        }
      });
      response.on("end", resolve).on("error", reject);
    });
    call.on("error", reject);
    call.end(body);
  });
}

async function readInTurns(): Promise<void> {
  for (let call = 0; call < calls; call += 1) await readOne();
}

const start = now();
await Promise.all(Array.from({ length: streams }, readInTurns));
const seconds = (now() - start) / 1000;
agent.destroy();
const load: StreamLoad = {
  firstP50: percentile(firsts, 0.5),
  firstLagP50: percentile(firstLags, 0.5),
  lagP50: percentile(lags, 0.5),
  lagP99: percentile(lags, 0.99),
  gap,
  rate: bytes / 1e6 / seconds,
  eventRate: (streams * calls * pace.events) / seconds,
};
process.stdout.write(`${JSON.stringify(load)}\n`);
