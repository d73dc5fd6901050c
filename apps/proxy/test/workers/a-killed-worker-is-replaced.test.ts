import { writeFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { createFolder } from "@tokenflow/services";
import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { startProgram } from "../fixtures/program.ts";
import { until } from "../fixtures/upstream.ts";
import { CALL, noProcessTable, prefixes, startWorkers } from "../fixtures/workers.ts";

const CHAT = "/v1/chat/completions";
const WAIT = { timeout: 60_000 };

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test.skipIf(noProcessTable)(
  "what a killed worker held is free, its calls count, and another one serves",
  async () => {
    const open: ServerResponse[] = [];
    const upstream = (request: IncomingMessage, response: ServerResponse): void => {
      request.resume();
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: {}\n\n");
      open.push(response);
    };
    await using workers = await startWorkers({ upstream, args: ["--concurrency", "8", "--queue", "0"] });
    const answers = Array.from({ length: 8 }, () => workers.send(CHAT, { body: CALL }));
    const ends = answers.map((answer) =>
      answer.then(
        () => "finished" as const,
        () => "cut" as const,
      ),
    );
    await until(() => open.length === 8, "all slots are taken");
    expect((await workers.send(CHAT, { body: CALL })).status).toBe(429);

    const [first = 0, second = 0] = workers.pids();
    process.kill(first, "SIGKILL");
    await expect.poll(() => workers.pids().filter((pid) => pid !== second).length, WAIT).toBe(1);
    const metrics = async (): Promise<string> => (await workers.send("/metrics")).text;
    const cut = async (): Promise<number> =>
      Number(/route="\/v1\/chat\/completions".*outcome="cut"} (\d+)/.exec(await metrics())?.[1] ?? 0);
    await expect.poll(cut, WAIT).toBeGreaterThan(0);
    const running = async (): Promise<number> =>
      Number(/^tokenflow_requests_running (\d+)$/m.exec(await metrics())?.[1]);
    await expect.poll(async () => (await running()) + (await cut()), WAIT).toBe(8);
    const lost = await cut();
    // The answers that nobody got may have cost something.
    const usage = JSON.parse((await workers.send("/api/usage")).text);
    expect(usage["days"][0]).toMatchObject({ answers: 0, unknown: lost });

    // Those of the other worker go on, and the slots of the killed one serve again.
    const again = Array.from({ length: lost }, () => workers.send(CHAT, { body: CALL }));
    await until(() => open.length === 8 + lost, "their slots are taken again");
    for (const response of open) response.end("data: [DONE]\n\n");
    expect((await Promise.all(again)).map(({ status }) => status)).toEqual(again.map(() => 200));
    const ended = await Promise.all(ends);
    expect(ended.filter((end) => end === "cut")).toHaveLength(lost);
    expect(workers.program.errors()).toMatch(/^A worker ended \(SIGKILL\)\. Another one begins\.$/m);
    await expect
      .poll(async () => {
        await workers.send("/v1/none");
        return new Set(prefixes(workers.program)).size;
      }, WAIT)
      .toBe(3);
  },
);

test.skipIf(noProcessTable)("a session outlives every worker, and so does its address", async () => {
  await using simulator = await startSimulator();
  const exchanges = (): number => simulator.journal.filter(({ kind }) => kind === "exchange").length;
  const env = { ...simulator.env, TOKENFLOW_HYPER_GRANT: simulator.createGrant("hyper") };
  await using workers = await startWorkers({ env });
  const body = CALL.replace("gpt-4.1", "kimi-k2.5");
  const call = async (): Promise<number> =>
    workers.send("/hyper/v1/chat/completions", { body }).then(
      ({ status }) => status,
      () => 0,
    );
  expect(await call()).toBe(200);
  const old = workers.pids();
  for (const pid of old) process.kill(pid, "SIGKILL");
  await expect.poll(call, WAIT).toBe(200);
  expect(exchanges()).toBe(1);
  expect(workers.pids().some((pid) => old.includes(pid))).toBe(false);
});

test.skipIf(noProcessTable)("without the primary no worker serves", async () => {
  await using workers = await startWorkers({ upstream: (_request, response) => void response.end("{}") });
  const pids = workers.pids();
  workers.program.child.kill("SIGKILL");
  await until(() => !pids.some(isAlive), "both workers have ended");
  await expect(workers.send("/livez")).rejects.toThrow("ECONNREFUSED");
});

test.skipIf(noProcessTable)(
  "workers that cannot begin are tried a few times, and the program ends with an error",
  async () => {
    await using folder = await createFolder();
    const script = join(folder.path, "fail.cjs");
    await writeFile(script, 'if (process.argv[2] === "worker") process.exit(9);');
    await using program = startProgram(["--port", "0", "--workers", "2"], {
      HOME: folder.path,
      TOKENFLOW_COPILOT_TOKEN: "tid=given",
      NODE_OPTIONS: `--require ${script}`,
    });
    expect(await program.over).toBe(2);
    expect(program.errors()).toMatch(
      /^(A worker ended \(code 9\)\. Another one begins( in [\d.]+ s)?\.\n){4}tokenflow-proxy: No worker of the proxy stays alive\. Try without --workers\.\n$/,
    );
  },
);

test.skipIf(noProcessTable)("an address that is in use is one sentence, as with one process", async () => {
  await using workers = await startWorkers({ upstream: (_request, response) => void response.end("{}") });
  const { port } = new URL(workers.url);
  await using folder = await createFolder();
  await using program = startProgram(["--port", port, "--workers", "2"], {
    HOME: folder.path,
    TOKENFLOW_COPILOT_TOKEN: "tid=given",
  });
  expect(await program.over).toBe(2);
  expect(program.errors()).toBe(
    `tokenflow-proxy: 127.0.0.1:${port} is in use. Stop what listens there, or choose another port: tokenflow-proxy --port ${Number(port) + 1}\n`,
  );
});
