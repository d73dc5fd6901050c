/** Reads many streams at once, in its own process on the upstream's core, and prints how they arrived. */
import { Agent, request } from "node:http";
import type { Pace } from "./upstream.ts";

export interface StreamLoad {
  /** From the request to the first event, in milliseconds. */
  readonly firstP50: number;
  /** From an event's sending to its arrival, in milliseconds. */
  readonly lagP50: number;
  readonly lagP99: number;
  /** The longest silence in any stream, in milliseconds. */
  readonly gap: number;
  /** Megabytes a second over all streams. */
  readonly rate: number;
}

export interface StreamSettings {
  readonly url: string;
  readonly streams: number;
  readonly pace: Pace;
  /** @default "/v1/chat/completions" */
  readonly path?: string | undefined;
}

const {
  url,
  streams,
  pace,
  path = "/v1/chat/completions",
} = JSON.parse(process.argv[2] ?? "") as StreamSettings;
const STAMP = /"content":"(\d+) /g;

const firsts: number[] = [];
const lags: number[] = [];
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
const body = JSON.stringify({
  model: "gpt-4.1",
  stream: true,
  user: JSON.stringify(pace),
  messages: [{ role: "user", content: "hello" }],
});

function readOne(): Promise<void> {
  return new Promise((resolve, reject) => {
    const begin = now();
    let last: number | undefined;
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
        for (const [, stamp] of part.toString("latin1").matchAll(STAMP)) lags.push(at - Number(stamp) / 1e6);
      });
      response.on("end", resolve).on("error", reject);
    });
    call.on("error", reject);
    call.end(body);
  });
}

const start = now();
await Promise.all(Array.from({ length: streams }, readOne));
const seconds = (now() - start) / 1000;
agent.destroy();
const load: StreamLoad = {
  firstP50: percentile(firsts, 0.5),
  lagP50: percentile(lags, 0.5),
  lagP99: percentile(lags, 0.99),
  gap,
  rate: bytes / 1e6 / seconds,
};
process.stdout.write(`${JSON.stringify(load)}\n`);
