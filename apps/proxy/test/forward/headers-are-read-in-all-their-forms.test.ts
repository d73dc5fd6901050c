import type { RequestListener } from "node:http";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const ANSWER = {
  id: "1",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
};
const CHUNK = { ...ANSWER, choices: [{ index: 0, delta: { content: "Hello" }, finish_reason: "stop" }] };
const JSON_TYPE = "application/json";
const STREAM = "text/event-stream";

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** Asks a model of Chat Completions in Messages, and returns its answer to these headers and bytes. */
async function ask(headers: Headers, bytes: Buffer | string, status = 200) {
  const listener: RequestListener = (_request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.writeHead(status).end(bytes);
  };
  await using upstream = await startUpstream(listener, {
    paths: { "/chat/completions": "/chat/completions" },
  });
  await using proxy = await startProxy({ sessions: [upstream] });
  const response = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", max_tokens: 9, messages: [{ role: "user", content: "?" }] }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

test.each([
  ["GZIP", gzipSync(JSON.stringify(ANSWER))],
  ["x-gzip", gzipSync(JSON.stringify(ANSWER))],
  ["gzip, identity", gzipSync(JSON.stringify(ANSWER))],
  ["", JSON.stringify(ANSWER)],
  ["Identity", JSON.stringify(ANSWER)],
])("an answer with the coding '%s' is translated", async (encoding, bytes) => {
  const { status, text, headers } = await ask(
    { "content-type": JSON_TYPE, "content-encoding": encoding },
    bytes,
  );
  expect(status).toBe(200);
  expect(headers.get("content-encoding")).toBeNull();
  expect(JSON.parse(text)).toMatchObject({ type: "message", content: [{ text: "Hello" }] });
});

test.each(["constructor", "__proto__", "toString", "gzip, gzip", "aes128gcm"])(
  "the coding '%s' cannot be read: the answer is a 502, and not in a dialect that the caller does not know",
  async (encoding) => {
    const { status, text } = await ask(
      { "content-type": JSON_TYPE, "content-encoding": encoding },
      JSON.stringify(ANSWER),
    );
    expect(status).toBe(502);
    expect(JSON.parse(text)).toMatchObject({ type: "error", error: { code: "provider.malformed" } });
  },
);

test("an error in an unknown coding keeps its status", async () => {
  const headers = { "content-type": JSON_TYPE, "content-encoding": "aes128gcm", "retry-after": "7" };
  expect(await ask(headers, "?", 429)).toMatchObject({ status: 429 });
});

test("headers that come twice count once", async () => {
  const events = `data: ${JSON.stringify(CHUNK)}\n\ndata: [DONE]\n\n`;
  const { status, headers, text } = await ask({ "content-type": [STREAM, STREAM] }, events);
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe(STREAM);
  expect(text).toContain("event: message_stop");
  const limited = await ask({ "retry-after": ["7", "7"], "content-type": [JSON_TYPE, JSON_TYPE] }, "{}", 429);
  expect(limited.headers.get("retry-after")).toBe("7");
  const packed = await ask({ "content-encoding": ["gzip", "identity"] }, gzipSync(JSON.stringify(ANSWER)));
  expect(JSON.parse(packed.text)).toMatchObject({ type: "message" });
});
