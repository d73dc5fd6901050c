import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { createFolder } from "@tokenflow/services";
import { Agent, request } from "undici";
import { expect, test } from "vitest";
import { startProgram } from "../fixtures/program.ts";
import { until } from "../fixtures/upstream.ts";
import { CALL, noProcessTable, prefixes, startWorkers } from "../fixtures/workers.ts";

const CHAT = "/v1/chat/completions";

/** Streams that the test ends. */
function createStreams(): {
  readonly open: ServerResponse[];
  readonly listener: (request: IncomingMessage, response: ServerResponse) => void;
} {
  const open: ServerResponse[] = [];
  return {
    open,
    listener(request, response) {
      request.resume();
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: {}\n\n");
      open.push(response);
    },
  };
}

test.skipIf(noProcessTable)(
  "streams of all workers finish after SIGTERM, and nothing new begins",
  async () => {
    const { open, listener } = createStreams();
    await using workers = await startWorkers({ upstream: listener });
    const answers = Array.from({ length: 6 }, () => workers.send(CHAT, { body: CALL }));
    await until(() => open.length === 6, "all streams are open");
    expect(new Set(prefixes(workers.program)).size).toBe(2);
    // A supervisor sends it to every process.
    for (const pid of workers.pids()) process.kill(pid, "SIGTERM");
    workers.program.child.kill("SIGTERM");
    await until(() => workers.program.errors().includes("Finishing what is under way"), "it began to drain");
    await expect.poll(() => workers.send("/livez").then(String, String)).toContain("ECONNREFUSED");
    for (const response of open) response.end("data: [DONE]\n\n");
    const ended = await Promise.all(answers);
    expect(ended.map(({ status, text }) => [status, text.endsWith("data: [DONE]\n\n")])).toEqual(
      ended.map(() => [200, true]),
    );
    expect(await workers.program.over).toBe(0);
  },
);

test.skipIf(noProcessTable)("a second signal cuts the streams of all workers", async () => {
  const { open, listener } = createStreams();
  await using workers = await startWorkers({ upstream: listener });
  const ends = Array.from({ length: 6 }, () =>
    workers.send(CHAT, { body: CALL }).then(
      () => "finished",
      () => "cut",
    ),
  );
  await until(() => open.length === 6, "all streams are open");
  workers.program.child.kill("SIGTERM");
  await until(() => workers.program.errors().includes("another signal"), "it began to drain");
  workers.program.child.kill("SIGINT");
  expect(await Promise.all(ends)).toEqual(ends.map(() => "cut"));
  expect(await workers.program.over).toBe(0);
});

test.skipIf(noProcessTable)("workers share a socket of this user", async () => {
  await using folder = await createFolder();
  const path = join(folder.path, "private/proxy.sock");
  const key = "a-key-of-the-sandbox";
  await using program = startProgram(["--host", `unix:${path}`, "--workers", "2", "--log", "json"], {
    HOME: folder.path,
    TOKENFLOW_COPILOT_TOKEN: "tid=given",
    TOKENFLOW_PROXY_KEY: key,
  });
  const ask = async (): Promise<number> => {
    const dispatcher = new Agent({ connect: { socketPath: path } });
    const headers = { authorization: `Bearer ${key}` };
    try {
      const { statusCode, body } = await request("http://localhost/v1/none", { headers, dispatcher });
      await body.dump();
      return statusCode;
    } catch {
      return 0;
    } finally {
      await dispatcher.close();
    }
  };
  const served = async (): Promise<number> => {
    await ask();
    return new Set(prefixes(program)).size;
  };
  await expect.poll(served, { timeout: 60_000 }).toBe(2);
  expect(await ask()).toBe(404);
  program.child.kill("SIGTERM");
  expect(await program.over).toBe(0);
  expect(await ask()).toBe(0);
});

test.skipIf(noProcessTable)("an event stream on any worker tells of the requests of all", async () => {
  const { open, listener } = createStreams();
  await using workers = await startWorkers({ upstream: listener });
  const left = new AbortController();
  const events = await fetch(`${workers.url}/api/events`, { signal: left.signal });
  let text = "";
  const reading = (async () => {
    for await (const piece of events.body ?? []) text += Buffer.from(piece).toString();
  })().catch(() => undefined);
  await until(() => text.startsWith("event: status\n"), "the stream has begun");
  const before = new Set(prefixes(workers.program));
  const answers = Array.from({ length: 6 }, () => workers.send(CHAT, { body: CALL }));
  await until(() => open.length === 6, "all calls are at the upstream");
  for (const response of open) response.end("data: [DONE]\n\n");
  await Promise.all(answers);
  // How each call ended, by its id. The last request of the start may be told of here as well.
  const ends = (): ReadonlyMap<string, string> =>
    new Map(
      [
        ...text.matchAll(
          /event: request\ndata: {"id":"([0-9a-f]{8}-\d+)","method":"POST"[^\n]*"outcome":"(\w+)"/g,
        ),
      ].map(([, id = "", outcome = ""]) => [id, outcome]),
    );
  await expect.poll(() => [...ends().values()], { timeout: 30_000 }).toEqual(answers.map(() => "finished"));
  expect(new Set([...ends().keys()].map((id) => id.slice(0, 8)))).toEqual(before);
  left.abort();
  await reading;
});
