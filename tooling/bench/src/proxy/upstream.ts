/** The service behind the proxies. It answers GitHub's and Copilot's paths, and streams at the pace in the request's `user` field. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type EventKind, type Pace, paceIn } from "./pace.ts";

const WORDS = "word ".repeat(150);
/** Whole answers, by the end of their path. */
const ANSWERS: Readonly<Record<string, string>> = {
  "/chat/completions": JSON.stringify({
    id: "bench",
    object: "chat.completion",
    created: 1,
    model: "gpt-4.1",
    choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", content: WORDS } }],
    usage: { prompt_tokens: 10, completion_tokens: 150, total_tokens: 160 },
  }),
  "/responses": JSON.stringify({
    id: "bench",
    object: "response",
    created_at: 1,
    model: "of-responses",
    status: "completed",
    output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: WORDS }] }],
    usage: { input_tokens: 10, output_tokens: 150, total_tokens: 160 },
  }),
  "/messages": JSON.stringify({
    id: "bench",
    type: "message",
    role: "assistant",
    model: "of-messages",
    content: [{ type: "text", text: WORDS }],
    stop_reason: "end_turn",
    usage: { input_tokens: 10, output_tokens: 150 },
  }),
};
const MODELS = JSON.stringify({
  object: "list",
  data: [
    modelOf("gpt-4.1"),
    modelOf("of-chat", ["/chat/completions"]),
    modelOf("of-responses", ["/responses"]),
    modelOf("of-messages", ["/v1/messages"]),
  ],
});

function modelOf(id: string, endpoints?: readonly string[]): object {
  return {
    ...{ id, name: id, object: "model", vendor: "bench", version: "1", preview: false },
    model_picker_enabled: true,
    ...(endpoints ? { supported_endpoints: endpoints } : {}),
    capabilities: {
      ...{ family: "gpt", limits: {}, object: "model_capabilities", supports: {} },
      ...{ tokenizer: "o200k_base", type: "chat" },
    },
  };
}
const FILLER = "word ".repeat(60);

/** An id as long as Copilot's, and another one each time. */
function changingId(): string {
  return `${process.hrtime.bigint()}`.padStart(400, "x");
}

const EVENTS: Readonly<Record<EventKind, (text: string) => object>> = {
  chat: (content: string) => ({
    id: "bench",
    object: "chat.completion.chunk",
    created: 1,
    model: "gpt-4.1",
    choices: [{ index: 0, delta: { content } }],
  }),
  /** As Copilot's: without `object`. */
  bare: (content: string) => ({
    choices: [{ index: 0, delta: { content } }],
    created: 1,
    id: "bench",
    model: "gpt-4.1",
  }),
  responses: (delta: string) => ({
    type: "response.output_text.delta",
    item_id: changingId(),
    output_index: 0,
    content_index: 0,
    delta,
  }),
  messages: (text: string) => ({
    type: "content_block_delta",
    index: 0,
    delta: { type: "text_delta", text },
  }),
};

/** The events before and after the others, so that a stream is whole. */
const FIRST: Partial<Readonly<Record<EventKind, readonly object[]>>> = {
  responses: [{ type: "response.created", response: { id: "bench", model: "of-responses", created_at: 1 } }],
  messages: [
    {
      type: "message_start",
      message: { id: "bench", model: "of-messages", usage: { input_tokens: 1, output_tokens: 1 } },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  ],
};
const LAST: Partial<Readonly<Record<EventKind, readonly object[]>>> = {
  responses: [{ type: "response.completed", response: { id: "bench", status: "completed", output: [] } }],
  messages: [
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } },
    { type: "message_stop" },
  ],
};

function write(event: object): string {
  const { type } = event as { readonly type?: string };
  return `${type === undefined ? "" : `event: ${type}\n`}data: ${JSON.stringify(event)}\n\n`;
}

function event(kind: EventKind): string {
  // The machine's monotonic clock, so that a reader in another process knows the delay.
  return write(EVENTS[kind](`${process.hrtime.bigint()} ${FILLER}`));
}

async function stream(
  response: ServerResponse,
  { events, every, kind = "chat", status = 200, batch = 1 }: Pace,
): Promise<void> {
  response.writeHead(status, { "content-type": "text/event-stream" });
  const first = FIRST[kind]?.map(write).join("") ?? "";
  if (first !== "") response.write(first);
  let sent = 0;
  const end = (): void => void response.end(LAST[kind]?.map(write).join("") ?? "data: [DONE]\n\n");
  if (every > 0) {
    const send = (): void => {
      response.write(event(kind));
      sent += 1;
      if (sent < events) return;
      clearInterval(timer);
      end();
    };
    const timer = setInterval(send, every);
    // A service sends its headers when it has the first event.
    send();
    response.on("close", () => clearInterval(timer));
    return;
  }
  // To write an event takes longer than to pass it on, so that a chunk of many is written once.
  const chunk =
    batch === 1 ? undefined : Buffer.from(Array.from({ length: batch }, () => event(kind)).join(""));
  while (sent < events && !response.destroyed) {
    sent += batch;
    if (!response.write(chunk ?? event(kind))) {
      await new Promise<void>((resolve) => {
        response.once("drain", resolve).once("close", resolve);
      });
    }
  }
  end();
}

function json(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

async function read(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += String(part);
  return text;
}

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const { url = "" } = request;
  void read(request).then((body) => {
    const path = Object.keys(ANSWERS).find((one) => url.endsWith(one));
    if (path !== undefined) {
      const { stream: wanted } = JSON.parse(body) as { readonly stream?: boolean };
      return wanted ? stream(response, paceIn(body)) : json(response, ANSWERS[path] ?? "");
    }
    if (url.endsWith("/models")) return json(response, MODELS);
    if (url.endsWith("/copilot_internal/v2/token")) {
      const now = Math.floor(Date.now() / 1000);
      return json(
        response,
        JSON.stringify({ token: "bench;exp=1", expires_at: now + 3600, refresh_in: 1500 }),
      );
    }
    return json(response, JSON.stringify({ login: "bench", pkgver: "1.99.0" }));
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
