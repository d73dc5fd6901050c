import type { RequestListener } from "node:http";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const CHUNK = {
  id: "1",
  model: "m",
  choices: [{ index: 0, delta: { content: "Hello" }, finish_reason: null }],
};

/** Starts a proxy whose upstream serves Chat Completions alone, as a stream that the test writes. */
async function startStream(
  write: (send: (text: string | Buffer) => void, end: () => void, cut: () => void) => void,
): Promise<{
  readonly read: (
    path: string,
    body: object,
  ) => Promise<{ readonly text: string; readonly isBroken: boolean }>;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}> {
  const listener: RequestListener = (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    write(
      (text) => void response.write(text),
      () => response.end(),
      () => response.destroy(),
    );
  };
  const upstream = await startUpstream(listener, { paths: { "/chat/completions": "/chat/completions" } });
  const proxy = await startProxy({ sessions: [upstream] });
  return {
    async read(path, body) {
      const response = await fetch(`${proxy.url}/v1/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ model: "m", stream: true, ...body }),
      });
      let text = "";
      const decoder = new TextDecoder();
      try {
        for await (const chunk of response.body ?? []) text += decoder.decode(chunk, { stream: true });
      } catch {
        return { text, isBroken: true };
      }
      return { text, isBroken: false };
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

const messages = { max_tokens: 9, messages: [{ role: "user", content: "?" }] };
const responses = { input: "?" };

test("a connection that breaks is an error event, and the answer never looks whole", async () => {
  await using stream = await startStream((send, _end, cut) => {
    send(`data: ${JSON.stringify(CHUNK)}\n\n`);
    setTimeout(cut, 50);
  });
  const { text, isBroken } = await stream.read("messages", messages);
  expect(text).toContain('"text":"Hello"');
  expect(text).toContain('event: error\ndata: {"type":"error"');
  expect(text).not.toContain("message_stop");
  expect(isBroken).toBe(true);
});

test("a stream that ends in the middle of an answer is an error, too", async () => {
  await using stream = await startStream((send, end) => {
    send(`data: ${JSON.stringify(CHUNK)}\n\n`);
    end();
  });
  expect((await stream.read("messages", messages)).text).toContain("incomplete_stream");
  expect((await stream.read("responses", responses)).text).toContain("event: response.failed");
});

test("an error in the middle keeps its words", async () => {
  await using stream = await startStream((send, end) => {
    send(`data: ${JSON.stringify(CHUNK)}\n\n`);
    send('data: {"error":{"message":"Out of memory","type":"server_error"}}\n\n');
    end();
  });
  const { text } = await stream.read("messages", messages);
  expect(text).toContain('data: {"type":"error","error":{"type":"api_error","message":"Out of memory"}}');
  const { text: failed } = await stream.read("responses", responses);
  expect(failed).toContain('"error":{"code":"server_error","message":"Out of memory"}');
});

test("comments pass, a long event passes, and events are cut anywhere", async () => {
  const long = "🌍".repeat(300_000);
  const text = [
    ": still thinking\r\n\r\n",
    `data: ${JSON.stringify({ ...CHUNK, choices: [{ index: 0, delta: { content: long }, finish_reason: null }] })}\r\n\r\n`,
    `data: ${JSON.stringify({ ...CHUNK, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] })}\r\n\r\n`,
    "data: [DONE]\r\n\r\n",
  ].join("");
  await using stream = await startStream((send, end) => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < bytes.length; at += 100_001) send(bytes.subarray(at, at + 100_001));
    end();
  });
  const answer = await stream.read("messages", messages);
  expect(answer.text).toContain(": still thinking");
  expect(answer.text).toContain(long);
  expect(answer.text.endsWith('data: {"type":"message_stop"}\n\n')).toBe(true);
});
