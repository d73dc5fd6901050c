import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressOf, type Program, startProgram } from "../fixtures/program.ts";

export interface Load extends AsyncDisposable {
  readonly url: string;
  readonly program: Program;
  /** The proxy's resident memory, in bytes. */
  memory(): Promise<number>;
}

/** Starts the upstream that paces or floods, in a separate process. */
export async function startPacedUpstream(): Promise<AsyncDisposable & { readonly url: string }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "paced-upstream.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const url = await new Promise<string>((resolve) => {
    child.stdout.setEncoding("utf8").once("data", (text: string) => resolve(text.trim()));
  });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await once(child, "close");
    },
  };
}

/** Starts the built program in front of it, in a separate process too. */
export async function startLoad(args: readonly string[] = []): Promise<Load> {
  const home = await mkdtemp(join(tmpdir(), "tokenflow-load-"));
  const upstream = await startPacedUpstream();
  const program = startProgram(["--port", "0", ...args], {
    HOME: home,
    TOKENFLOW_HOME: home,
    TOKENFLOW_COPILOT_TOKEN: "given",
    TOKENFLOW_COPILOT_API_URL: upstream.url,
  });
  const url = await addressOf(program);
  return {
    url,
    program,
    async memory() {
      const status = await readFile(`/proc/${program.child.pid}/status`, "utf8");
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
    },
    async [Symbol.asyncDispose]() {
      await program[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}

export interface StreamSeen {
  readonly events: number;
  /** True if the end of the stream arrived. */
  readonly isWhole: boolean;
  /** The longest time between two chunks, in milliseconds. */
  readonly gap: number;
}

const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
const END = Buffer.from("\n\n");

/** Reads one paced stream with this many events, to its end or until it breaks. */
export function readStream(url: string, events: number): Promise<StreamSeen> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ model: "paced", max_tokens: events, stream: true, messages: [] });
    const call = request(`${url}/v1/chat/completions`, { method: "POST", agent });
    call.on("error", reject);
    call.on("response", (answer) => {
      let seen = 0;
      let gap = 0;
      let last = performance.now();
      let tail = "";
      answer.on("data", (part: Buffer) => {
        const now = performance.now();
        gap = Math.max(gap, now - last);
        last = now;
        for (let at = part.indexOf(END); at !== -1; at = part.indexOf(END, at + 2)) seen += 1;
        tail = part.toString("latin1", Math.max(0, part.length - 16));
      });
      answer.on("close", () => resolve({ events: seen, isWhole: tail.endsWith("[DONE]\n\n"), gap }));
      answer.on("error", () => undefined);
    });
    call.end(body);
  });
}
