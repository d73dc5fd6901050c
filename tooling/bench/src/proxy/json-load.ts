import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface JsonLoad {
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const SCRIPT = `wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"model":"gpt-4.1","messages":[{"role":"user","content":"' .. string.rep("hello ", 150) .. '"}]}'
done = function(summary, latency, requests)
  io.write(string.format("BENCH %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), summary.errors.status + summary.errors.connect + summary.errors.read))
end
`;

export interface JsonLoadOptions {
  readonly concurrency: number;
  readonly milliseconds: number;
  /** Where its script may lie. */
  readonly folder: string;
  readonly core: number;
}

/** So many callers that ask again as soon as they are answered, by wrk on the upstream's core. */
export async function loadJson(
  url: string,
  { concurrency, milliseconds, folder, core }: JsonLoadOptions,
): Promise<JsonLoad> {
  const script = join(folder, "load.lua");
  await writeFile(script, SCRIPT);
  const flags = ["-t1", `-c${concurrency}`, "-d10s", "-s", script, `${url}/v1/chat/completions`];
  const running = promisify(execFile)("taskset", ["-c", String(core), "wrk", ...flags]);
  // wrk takes whole seconds; interrupted, it ends at once and says how long it was.
  const timer = setTimeout(() => running.child.kill("SIGINT"), milliseconds);
  const { stdout } = await running.finally(() => clearTimeout(timer));
  const [, requests, duration, p50, p99, errors] = /BENCH (\d+) (\d+) (\d+) (\d+) (\d+)/.exec(stdout) ?? [];
  if (requests === undefined || Number(errors) > 0) throw new Error(`${url} failed under load:\n${stdout}`);
  return {
    requests: Number(requests),
    rate: Number(requests) / (Number(duration) / 1e6),
    p50: Number(p50) / 1000,
    p99: Number(p99) / 1000,
  };
}
