import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, hasServices } from "@tokenflow/services";
import { installPeer } from "../measure/peers.ts";
import { firstLine, type Memory, NO_MEMORY, type Pinned, startPinned } from "./processes.ts";

/** One way to the upstream, on the proxies' core. */
export interface Subject {
  readonly name: string;
  readonly kind?: "ours" | "floor" | undefined;
  /** Only there to tell where the time of JSON answers goes. */
  readonly jsonOnly?: true | undefined;
  start(): Promise<Running>;
}

export interface Running extends AsyncDisposable {
  readonly url: string;
  /** From the start of the process to its first answer, in milliseconds. */
  readonly up: number;
  memory(): Memory;
  /** What it has had of the processor until now, in microseconds. */
  processorTime(): number;
}

const PROXY_CORE = 0;
const PROXY = join(import.meta.dirname, "../../../../apps/proxy/dist/bin.js");
const CHAT = "/v1/chat/completions";

/** All of them, those next to each other that are compared. */
export async function subjectsOf(upstream: string, folder: string): Promise<readonly Subject[]> {
  const node = process.execPath;
  const pipe = join(import.meta.dirname, "pipe.ts");
  const env = {
    HOME: folder,
    TOKENFLOW_COPILOT_GRANT: "gho_bench",
    TOKENFLOW_GITHUB_URL: upstream,
    TOKENFLOW_GITHUB_API_URL: upstream,
    TOKENFLOW_COPILOT_API_URL: upstream,
  };
  const ours = (name: string, flags: readonly string[]): Subject => ({
    name,
    kind: "ours",
    async start() {
      const port = await freePort();
      const command = [node, ...flags, PROXY, "--port", String(port)];
      const process_ = startPinned(PROXY_CORE, command, { ...env, TOKENFLOW_HOME: join(folder, name) });
      return await run(process_, `http://127.0.0.1:${port}`);
    },
  });
  const piped = (name: string, flags: readonly string[]): Subject => ({
    name,
    kind: "floor",
    async start() {
      const process_ = startPinned(PROXY_CORE, [node, ...flags, pipe, upstream]);
      return await run(process_, `http://127.0.0.1:${await firstLine(process_)}`);
    },
  });
  const program = (name: string, kind: "ours" | "floor", file: string, args: readonly string[]): Subject => ({
    name,
    kind,
    jsonOnly: true,
    async start() {
      const process_ = startPinned(PROXY_CORE, [node, join(import.meta.dirname, file), ...args], env);
      return await run(process_, `http://127.0.0.1:${await firstLine(process_)}`);
    },
  });
  const direct: Subject = {
    name: "direct",
    start: async () => ({
      url: upstream,
      up: 0,
      memory: () => NO_MEMORY,
      processorTime: () => Number.NaN,
      [Symbol.asyncDispose]: async () => undefined,
    }),
  };
  return [
    direct,
    ...(hasServices("nginx") ? [nginx(upstream, join(folder, "nginx"))] : []),
    piped("a bare undici pipe", []),
    ours("TokenFlow", []),
    program("TokenFlow, without its monitor", "ours", "unwatched.ts", []),
    program("a pipe that has the question first", "floor", "pipe.ts", [upstream, "whole"]),
    await copilotApi(upstream, folder),
    ours("TokenFlow, small heap", SMALL_HEAP),
    piped("a bare undici pipe, small heap", SMALL_HEAP),
  ];
}

/** Node grows its young generation with the machine's memory; this keeps it at 1 MB a half. */
const SMALL_HEAP: readonly string[] = ["--max-semi-space-size=1", "--max-old-space-size=64"];

function nginx(upstream: string, folder: string): Subject {
  return {
    name: "nginx proxy_pass",
    async start() {
      const port = await freePort();
      await mkdir(folder, { recursive: true });
      const config = join(folder, "nginx.conf");
      await writeFile(
        config,
        `daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log stderr crit;
events { worker_connections 4096; }
http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder};
fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
keepalive_requests 1000000000;
upstream up { server ${new URL(upstream).host}; keepalive 2048; keepalive_requests 1000000000; }
server { listen 127.0.0.1:${port} backlog=2048; location /v1/ { proxy_pass http://up/; proxy_http_version 1.1;
proxy_set_header Connection ""; proxy_set_header Authorization "Bearer bench"; proxy_buffering off; } } }\n`,
      );
      return await run(
        startPinned(PROXY_CORE, ["nginx", "-c", config, "-p", folder]),
        `http://127.0.0.1:${port}`,
      );
    },
  };
}

async function copilotApi(upstream: string, folder: string): Promise<Subject> {
  const place = await installPeer("copilot-api");
  return {
    name: "copilot-api 0.7.0",
    async start() {
      const port = await freePort();
      const program = join(place, "node_modules/copilot-api/dist/main.js");
      const process_ = startPinned(
        PROXY_CORE,
        [
          process.execPath,
          "--import",
          join(import.meta.dirname, "redirect.ts"),
          program,
          ...["start", "--port", String(port), "--github-token", "gho_bench"],
        ],
        { BENCH_UPSTREAM: upstream, HOME: folder, XDG_DATA_HOME: join(folder, "data") },
      );
      return await run(process_, `http://127.0.0.1:${port}`);
    },
  };
}

/** Waits for its first answer to a question, since what listens may not serve yet. */
async function run(process_: Pinned, url: string): Promise<Running> {
  process_.child.stdout?.resume();
  for (;;) {
    if (process_.child.exitCode !== null) throw new Error(`${process_.child.spawnargs.join(" ")} ended`);
    const body = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "hello" }] });
    const headers = { "content-type": "application/json" };
    const answer = await fetch(url + CHAT, { method: "POST", headers, body }).catch(() => undefined);
    if (answer?.ok) {
      await answer.arrayBuffer();
      break;
    }
    await answer?.body?.cancel();
    if (performance.now() - process_.startedAt > 20_000)
      throw new Error(`${url} answers ${answer?.status ?? "nothing"}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const up = performance.now() - process_.startedAt;
  const { memory, processorTime } = process_;
  return { url, up, memory, processorTime, [Symbol.asyncDispose]: () => process_[Symbol.asyncDispose]() };
}
