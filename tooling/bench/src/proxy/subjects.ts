import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, hasServices } from "@tokenflow/services";
import { installPeer } from "../measure/peers.ts";
import { firstLine, type Memory, type Pinned, startPinned } from "./processes.ts";

/** One way to the upstream, on the proxies' core. */
export interface Subject {
  readonly name: string;
  start(): Promise<Running>;
}

export interface Running extends AsyncDisposable {
  readonly url: string;
  /** From the start of the process to its first answer, in milliseconds. */
  readonly up: number;
  memory(): Memory;
  /** Returns the processor time used so far, in microseconds. */
  processorTime(): number;
}

export const OURS = "TokenFlow";
export const PIPE = "a bare undici pipe";
export const COPILOT_API = "copilot-api 0.7.0";
/** Node grows its young generation with the machine's memory. These flags keep each half at 1 MB. */
export const SMALL_HEAP = {
  name: ", small heap",
  flags: ["--max-semi-space-size=1", "--max-old-space-size=64"],
} as const;

const PROXY_CORE = 0;
const PROXY = join(import.meta.dirname, "../../../../apps/proxy/dist/bin.js");

/** Returns our proxy, with a grant for the upstream. `flags` are Node's. */
export function oursOf(
  upstream: string,
  folder: string,
  name: string,
  {
    flags = [],
    program: file = PROXY,
  }: { readonly flags?: readonly string[]; readonly program?: string } = {},
): Subject {
  const env = {
    HOME: folder,
    TOKENFLOW_COPILOT_GRANT: "gho_bench",
    TOKENFLOW_GITHUB_URL: upstream,
    TOKENFLOW_GITHUB_API_URL: upstream,
    TOKENFLOW_COPILOT_API_URL: upstream,
    TOKENFLOW_HOME: join(folder, name),
  };
  return program(name, (port) => [process.execPath, ...flags, file, "--port", port], env);
}

/** Returns copilot-api, with a grant for the upstream. */
export async function copilotApiOf(upstream: string, folder: string): Promise<Subject> {
  const main = join(await installPeer("copilot-api"), "node_modules/copilot-api/dist/main.js");
  return program(
    COPILOT_API,
    (port) => [
      ...[process.execPath, "--import", join(import.meta.dirname, "redirect.ts"), main],
      ...["start", "--port", port, "--github-token", "gho_bench"],
    ],
    { BENCH_UPSTREAM: upstream, HOME: folder, XDG_DATA_HOME: join(folder, "data") },
  );
}

/** Returns a program that listens where it is told. */
function program(
  name: string,
  command: (port: string) => readonly string[],
  more: NodeJS.ProcessEnv = {},
): Subject {
  return {
    name,
    async start() {
      const port = String(await freePort());
      return await waitUntilUp(startPinned(PROXY_CORE, command(port), more), `http://127.0.0.1:${port}`);
    },
  };
}

/** Returns all of them. Those that are compared are neighbours. */
export async function subjectsOf(upstream: string, folder: string): Promise<readonly Subject[]> {
  const node = process.execPath;
  const here = (file: string): string => join(import.meta.dirname, file);
  const ours = (name: string, flags: readonly string[]): Subject => oursOf(upstream, folder, name, { flags });
  const pipe = (name: string, flags: readonly string[]): Subject => ({
    name,
    async start() {
      const child = startPinned(PROXY_CORE, [node, ...flags, here("pipe.ts"), upstream]);
      return await waitUntilUp(child, `http://127.0.0.1:${await firstLine(child)}`);
    },
  });
  const direct: Running = {
    url: upstream,
    up: 0,
    memory: () => ({ resident: Number.NaN, mapped: Number.NaN }),
    processorTime: () => Number.NaN,
    [Symbol.asyncDispose]: async () => undefined,
  };
  const nginx = join(folder, "nginx");
  return [
    { name: "direct", start: async () => direct },
    ...(hasServices("nginx")
      ? [
          {
            name: "nginx proxy_pass",
            async start() {
              const port = await freePort();
              const command = await prepareNginx(upstream, nginx, port);
              return await waitUntilUp(startPinned(PROXY_CORE, command), `http://127.0.0.1:${port}`);
            },
          },
        ]
      : []),
    pipe(PIPE, []),
    ours(OURS, []),
    await copilotApiOf(upstream, folder),
    ours(OURS + SMALL_HEAP.name, SMALL_HEAP.flags),
    pipe(PIPE + SMALL_HEAP.name, SMALL_HEAP.flags),
  ];
}

async function prepareNginx(upstream: string, folder: string, port: number): Promise<readonly string[]> {
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
  return ["nginx", "-c", config, "-p", folder];
}

/** Waits for the first answer to a question, since a program may listen before it can serve. */
async function waitUntilUp(child: Pinned, url: string): Promise<Running> {
  child.child.stdout?.resume();
  const body = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "hello" }] });
  const init = { method: "POST", headers: { "content-type": "application/json" }, body };
  for (;;) {
    const answer = await fetch(`${url}/v1/chat/completions`, init).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) break;
    const late = performance.now() - child.startedAt > 20_000;
    if (late || child.child.exitCode !== null)
      throw new Error(`${url} answers ${answer?.status ?? "nothing"}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { ...child, url, up: performance.now() - child.startedAt };
}
