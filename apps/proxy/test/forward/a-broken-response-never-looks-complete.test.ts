import Anthropic from "@anthropic-ai/sdk";
import { createTokenManager } from "@tokenflow/core";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import type { ProxyLogEntry } from "@tokenflow/proxy";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { failureOf } from "../fixtures/requests.ts";
import { type RunningProxy, startProxy, startUpstream, type Upstream, until } from "../fixtures/upstream.ts";

async function startCut(headers: Record<string, string>): Promise<Upstream> {
  return startUpstream((_request, response) => {
    response.writeHead(200, headers);
    response.write("data: 1\n\n", () => setTimeout(() => response.destroy(), 20));
  });
}

function ask(proxy: RunningProxy, version: string): ReturnType<typeof rawRequest> {
  return rawRequest(proxy.url, `GET /v1/models HTTP/${version}\r\nHost: localhost\r\n\r\n`);
}

/** Sends a stream with these bytes, then breaks the connection. */
function startCutAfter(text: string, headers: Record<string, string> = {}): Promise<Upstream> {
  return startUpstream((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream", ...headers });
    response.write(text, () => setTimeout(() => response.destroy(), 20));
  });
}

const CHUNK = 'data: {"id":"1","object":"chat.completion.chunk","choices":[]}\n\n';
const START = 'event: ping\ndata: {"type":"ping"}\n\n';
const call = { model: "m", max_tokens: 9, messages: [{ role: "user" as const, content: "?" }] };

test("between two events the openai SDK gets the error, and the connection breaks", async () => {
  await using upstream = await startCutAfter(CHUNK);
  await using proxy = await startProxy({ sessions: [upstream] });
  const openai = new OpenAI({ baseURL: `${proxy.url}/v1`, apiKey: "unused", maxRetries: 0 });

  let chunks = 0;
  const failure = await failureOf(
    (async () => {
      const stream = await openai.chat.completions.create({ ...call, stream: true });
      for await (const _chunk of stream) chunks += 1;
    })(),
  );

  expect(chunks).toBe(1);
  expect(failure).toMatchObject({ code: "provider.unavailable", type: "server_error" });
  expect(String(failure)).toMatch(
    /Connection lost in the middle of the response from 127\.0\.0\.1:\d+.* Try again\./,
  );
});

test("between two events Anthropic's SDK gets the error in its own dialect", async () => {
  await using upstream = await startCutAfter(START);
  await using proxy = await startProxy({ sessions: [upstream] });
  const anthropic = new Anthropic({ baseURL: proxy.url, apiKey: "unused", maxRetries: 0 });

  const failure = await failureOf(
    (async () => {
      for await (const _event of await anthropic.messages.create({ ...call, stream: true }));
    })(),
  );

  expect(failure).toMatchObject({
    type: "api_error",
    error: { type: "error", error: { type: "api_error", code: "provider.unavailable" } },
  });
  expect(String(failure)).toMatch(/Connection lost/);
});

test.each([
  ["in the middle of an event", `${CHUNK}data: {"id`, {}],
  ["between the lines of an event", `${CHUNK}event: ping\n`, {}],
  ["in a compressed stream", CHUNK, { "content-encoding": "gzip" }],
  ["with a Content-Length", CHUNK, { "content-length": "9999" }],
  ["in what is no stream", CHUNK, { "content-type": "application/json" }],
])("%s nothing is added, and the connection breaks", async (_where, text, headers) => {
  await using upstream = await startCutAfter(text, headers);
  await using proxy = await startProxy({ sessions: [upstream] });

  const caller = ask(proxy, "1.1");
  await caller.over;

  expect(caller.text()).toContain(text);
  expect(caller.text()).not.toContain("event: error");
  expect(caller.text()).not.toMatch(/\r\n0\r\n/);
});

test("data in the same packet as the fault still arrives", async () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
  const chunk = `${CHUNK.length.toString(16)}\r\n${CHUNK}\r\n`;
  await using upstream = await startUpstream((request) =>
    request.socket.write(`${head}${chunk}no length\r\n`),
  );
  await using proxy = await startProxy({ sessions: [upstream] });

  const caller = ask(proxy, "1.1");
  await caller.over;

  const [before = "", after] = caller.text().split("event: error\ndata: ");
  expect(before).toContain(CHUNK);
  expect(after).toContain("Connection lost");
  expect(caller.text()).not.toMatch(/\r\n0\r\n/);
});

test.each(["\n\n", "\r\n\r\n"])(
  "the end of an event is known when it comes byte by byte: %j",
  async (end) => {
    await using upstream = await startUpstream(async (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
      for (const byte of `data: 1${end}`) {
        response.write(byte);
        await new Promise(setImmediate);
      }
      setTimeout(() => response.destroy(), 20);
    });
    await using proxy = await startProxy({ sessions: [upstream] });

    const caller = ask(proxy, "1.1");
    await caller.over;

    expect(caller.text()).toContain('event: error\ndata: {"error":{"message":"');
    expect(caller.text()).not.toMatch(/\r\n0\r\n/);
  },
);

test("a stream arrives without its last chunk", async () => {
  await using upstream = await startCut({ "content-type": "text/event-stream" });
  const log: ProxyLogEntry[] = [];
  await using proxy = await startProxy({ sessions: [upstream], log: (entry) => log.push(entry) });

  const caller = ask(proxy, "1.1");
  await caller.over;

  expect(caller.text()).toContain("data: 1\n\n");
  expect(caller.text()).not.toMatch(/\r\n0\r\n/);
  await until(() => log.length === 1, "it was logged");
  expect(log[0]).toMatchObject({
    type: "request",
    status: 200,
    outcome: "cut",
    code: "provider.unavailable",
  });
});

test("a complete response is shorter than its Content-Length", async () => {
  await using upstream = await startCut({ "content-length": "1000" });
  await using proxy = await startProxy({ sessions: [upstream] });

  const caller = ask(proxy, "1.1");
  await caller.over;

  expect(caller.text()).toMatch(/content-length: 1000/);
  expect(caller.text()).toMatch(/data: 1\n\n$/);
});

test("in HTTP/1.0, where a close ends a response, the connection is reset", async () => {
  await using upstream = await startCut({ "content-type": "text/event-stream" });
  await using proxy = await startProxy({ sessions: [upstream] });

  expect(await ask(proxy, "1.0").over).toBe("reset");
});

test("an upstream that closes before its headers is a 503, and can be retried at once", async () => {
  let broken = true;
  await using upstream = await startUpstream((_request, response) => {
    if (broken) response.destroy();
    else response.end("fine");
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const cut = await fetch(`${proxy.url}/v1/models`);
  broken = false;
  const whole = await fetch(`${proxy.url}/v1/models`);

  expect(cut.status).toBe(503);
  expect(cut.headers.get("retry-after")).toBe("5");
  expect(await cut.json()).toMatchObject({
    error: { code: "provider.unavailable", message: expect.stringContaining(new URL(upstream.url).host) },
  });
  expect(await whole.text()).toBe("fine");
});

test("an unreachable upstream is a 503 that names it", async () => {
  const provider = createHyperProvider({ url: "http://127.0.0.1:1" });
  const manager = createTokenManager({ provider, staticToken: "given" });
  await using proxy = await startProxy({ sessions: [{ manager }] });

  const answer = await fetch(`${proxy.url}/v1/models`);

  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    error: { message: "No answer from 127.0.0.1:1 (ECONNREFUSED). Check the network, then try again." },
  });
});
