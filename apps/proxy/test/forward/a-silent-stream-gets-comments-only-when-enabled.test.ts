import type { ServerResponse } from "node:http";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const COMMENT = ": keep-alive\n\n";
const GET = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";
const STREAM = { "content-type": "text/event-stream; charset=utf-8" };

test("a silent stream gets comments, after its headers and between its events", async () => {
  let upstreamResponse: ServerResponse | undefined;
  await using upstream = await startUpstream((_request, response) => {
    upstreamResponse = response;
    response.writeHead(200, STREAM).flushHeaders();
  });
  await using proxy = await startProxy({ sessions: [upstream], keepAlive: 10 });
  const caller = rawRequest(proxy.url, GET);
  const comments = (): number => caller.text().split(COMMENT).length - 1;

  await until(() => comments() >= 2, "comments came before the first event");
  upstreamResponse?.write("data: 1\n\n");
  await until(() => /data: 1\n\n[^]*: keep-alive/.test(caller.text()), "comments came after an event");
  upstreamResponse?.end("data: 2\n\n");
  await until(() => caller.text().endsWith("\r\n0\r\n\r\n"), "it ended");

  expect(caller.text().replaceAll(/[0-9a-f]+\r\n: keep-alive\n\n\r\n/g, "")).toMatch(
    /\r\n\r\n9\r\ndata: 1\n\n\r\n9\r\ndata: 2\n\n\r\n0\r\n\r\n$/,
  );
  caller.socket.destroy();
});

test.each<[string, number | undefined, Record<string, string>, string]>([
  ["inside an event", 10, STREAM, "data: half"],
  ["after half an end", 10, STREAM, "data: half\n"],
  ["in a compressed stream", 10, { ...STREAM, "content-encoding": "gzip" }, "x\n\n"],
  ["with a Content-Length", 10, { ...STREAM, "content-length": "5000" }, "data: 1\n\n"],
  ["in what is no stream", 10, { "content-type": "application/json" }, "{\n\n"],
  ["without the option", undefined, STREAM, "data: 1\n\n"],
])("no comment %s", async (_where, keepAlive, headers, text) => {
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(200, headers).write(text);
  });
  await using quiet = await startUpstream((_request, response) => {
    response.writeHead(200, STREAM).flushHeaders();
  });
  await using proxy = await startProxy({ sessions: [upstream], keepAlive });
  await using other = await startProxy({ sessions: [quiet], keepAlive: 10 });
  const caller = rawRequest(proxy.url, GET);
  await until(() => caller.text().includes(text), "it began");

  // Long enough for another stream to get five comments.
  const measure = rawRequest(other.url, GET);
  await until(() => measure.text().split(COMMENT).length > 5, "time passed");

  expect(caller.text()).not.toContain("keep-alive\n");
  for (const { socket } of [caller, measure]) socket.destroy();
});

test("no comment precedes the upstream's headers, so that an error is still possible", async () => {
  await using upstream = await startUpstream((_request, response) => {
    setTimeout(() => response.writeHead(400).end('{"error":{"message":"no"}}'), 100);
  });
  await using proxy = await startProxy({ sessions: [upstream], keepAlive: 10 });

  const answer = await fetch(`${proxy.url}/v1/models`);

  expect([answer.status, await answer.json()]).toMatchObject([400, { error: { message: "no" } }]);
});

test("the openai SDK ignores comments", async () => {
  const chunk = {
    id: "1",
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta: { content: "a" } }],
  };
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(200, STREAM).flushHeaders();
    setTimeout(() => response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`), 60);
  });
  await using proxy = await startProxy({ sessions: [upstream], keepAlive: 10 });
  const openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: "unused", maxRetries: 0 });

  const stream = await openai.chat.completions.create({ model: "m", stream: true, messages: [] });
  let text = "";
  for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";

  expect(text).toBe("a");
});
