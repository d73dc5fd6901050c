import type { ServerResponse } from "node:http";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const POST = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";

test.each([
  ["before the upstream's headers", () => undefined],
  ["before the first byte", (response: ServerResponse) => response.writeHead(200).flushHeaders()],
  [
    "while it streams",
    (response: ServerResponse) =>
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n"),
  ],
  [
    "in the middle of a response",
    (response: ServerResponse) => response.writeHead(200, { "content-length": 1000 }).write("{"),
  ],
  ["in the middle of an error", (response: ServerResponse) => response.writeHead(500).write("{")],
])("%s", async (_phase, begin) => {
  let gone = false;
  await using upstream = await startUpstream((_request, response) => {
    response.on("close", () => {
      gone = true;
    });
    begin(response);
  });
  await using proxy = await startProxy({ sessions: [upstream] });
  const caller = rawRequest(proxy.url, POST);
  await until(() => upstream.requests.length === 1, "the upstream got the request");

  caller.socket.destroy();

  await until(() => gone, "the upstream saw the abort");
});

test("during a redemption: the upstream gets no request", async () => {
  await using copilot = await startCopilot();
  const { simulator } = copilot;
  simulator.fault({ service: "github-api", delay: 100 });
  let outcome = "";
  await using proxy = await startProxy({
    sessions: [copilot],
    log: (entry) => {
      if (entry.type === "request") ({ outcome } = entry);
    },
  });
  const caller = rawRequest(proxy.url, POST);
  await until(() => simulator.counts.requests === 1, "the exchange began");

  caller.socket.destroy();

  await until(() => outcome === "left", "the proxy noticed");
  await copilot.manager.getToken();
  expect(simulator.journal.filter(({ service }) => service === "copilot")).toEqual([]);
  expect(simulator.counts.exchanges).toBe(1);
});

test("the openai SDK aborts a stream", async () => {
  await using copilot = await startCopilot({ chunks: 2000, chunkDelay: 5 });
  await using proxy = await startProxy({ sessions: [copilot] });
  const openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: "unused", maxRetries: 0 });
  const stream = await openai.chat.completions.create({
    model: "gpt-4.1",
    stream: true,
    messages: [{ role: "user", content: "Tell me everything." }],
  });
  for await (const _chunk of stream) break;
  stream.controller.abort();

  await until(() => copilot.simulator.counts.aborted === 1, "the simulator saw the abort");
});
