import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const chunk = (text: string, reason: string | null = null): string =>
  `data: ${JSON.stringify({
    id: "1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta: { content: text }, finish_reason: reason }],
  })}\n\n`;
const CHAT = { model: "m", stream: true, messages: [{ role: "user", content: "?" }] };

/** Starts a proxy whose upstream serves Chat Completions alone, repaired as Copilot's answers are. */
async function start(listener: (response: ServerResponse) => void) {
  const kept = new AsyncDisposableStack();
  const { repairAnswer } = createCopilotProvider().upstream;
  const options = { paths: { "/chat/completions": "/chat/completions" }, repairAnswer };
  const upstream = kept.use(await startUpstream((_request, response) => listener(response), options));
  const proxy = kept.use(await startProxy({ sessions: [upstream] }));
  return {
    ask: (path: string) =>
      fetch(`${proxy.url}/v1/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ max_tokens: 9, ...CHAT }),
        // Without its repair the answer would begin at its end, which never comes.
        signal: AbortSignal.timeout(30_000),
      }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

test.each([
  ["chat/completions", "application/json", "data: "],
  ["chat/completions", undefined, "data: "],
  ["messages", "application/json", "event: message_start"],
  ["messages", "application/octet-stream", "event: message_start"],
  ["messages", undefined, "event: message_start"],
])("events on %s whose type is %s pass as they come, under their own type", async (path, type, first) => {
  let end = (): void => undefined;
  await using started = await start((response) => {
    response.writeHead(200, type === undefined ? {} : { "content-type": type });
    for (const byte of "dat") response.write(byte);
    response.write(chunk("Hello").slice(3));
    end = () => void response.end(`${chunk("", "stop")}data: [DONE]\n\n`);
  });
  const response = await started.ask(path);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  let text = "";
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const part of response.body ?? []) text += decoder.decode(part, { stream: true });
  })();
  await until(() => text.includes("Hello"), "the first event arrived before the end");
  expect(text.startsWith(first)).toBe(true);
  end();
  await reading;
  expect(text).toContain(path === "messages" ? "event: message_stop" : "[DONE]");
});

test("compressed events of another type are read, too", async () => {
  const events = `\r\n: hello\r\n\r\n${chunk("Hello", "stop")}data: [DONE]\n\n`;
  await using started = await start((response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(events)),
  );
  expect(await (await started.ask("messages")).text()).toContain("event: message_stop");
});

test("what begins in another way is one answer", async () => {
  const body = '{"data: ":1}';
  await using started = await start((response) => response.writeHead(200).end(body));
  const response = await started.ask("chat/completions");
  expect([response.headers.get("content-type"), await response.text()]).toEqual([null, body]);
  await using short = await start((answer) => answer.writeHead(200).end("da"));
  expect(await (await short.ask("chat/completions")).text()).toBe("da");
  await using empty = await start((answer) => answer.writeHead(200).end());
  expect(await (await empty.ask("chat/completions")).text()).toBe("");
});

test.each([
  ["chat/completions", "text/html", "<!doctype html><p>Sign in"],
  ["messages", "Text/HTML; charset=utf-8", "\ufeff\r\n <html>"],
])("a page on %s is no answer, whatever its status", async (path, type, page) => {
  for (const isPacked of [false, true]) {
    await using started = await start((response) =>
      response
        .writeHead(200, { "content-type": type, ...(isPacked ? { "content-encoding": "gzip" } : {}) })
        .end(isPacked ? gzipSync(page) : page),
    );
    const response = await started.ask(path);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ error: { code: "provider.malformed" } });
  }
});

test("JSON that calls itself a page is one answer, also with a byte order mark", async () => {
  const answer = { id: "1", choices: [{ index: 0, message: { content: "Hello" }, finish_reason: "stop" }] };
  const body = `\ufeff${JSON.stringify(answer)}`;
  await using started = await start((response) =>
    response.writeHead(200, { "content-type": "text/html" }).end(body),
  );
  expect(await (await started.ask("chat/completions")).json()).toMatchObject(answer);
  expect(await (await started.ask("messages")).json()).toMatchObject({ content: [{ text: "Hello" }] });
});
