/** The service behind the proxies. It answers GitHub's and Copilot's paths, and streams at the pace in the request's `user` field. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** An event of a chat, one of a chat without `object`, or one of a response whose item has another id each time. */
export type EventKind = "chat" | "bare" | "responses";

/** The pace of a stream, from the request's `user` field. */
export interface Pace {
  readonly events: number;
  /** Between two events, in milliseconds. 0 sends them as fast as they are read. */
  readonly every: number;
  /** What each event is. @default "chat" */
  readonly kind?: EventKind | undefined;
  /** The status. The proxy repairs answers with 200 alone. @default 200 */
  readonly status?: number | undefined;
}

const ANSWER = JSON.stringify({
  id: "bench",
  object: "chat.completion",
  created: 1,
  model: "gpt-4.1",
  choices: [
    { index: 0, finish_reason: "stop", message: { role: "assistant", content: "word ".repeat(150) } },
  ],
  usage: { prompt_tokens: 10, completion_tokens: 150, total_tokens: 160 },
});
const MODELS = JSON.stringify({
  object: "list",
  data: [
    {
      ...{ id: "gpt-4.1", name: "GPT-4.1", object: "model", vendor: "bench", version: "1", preview: false },
      model_picker_enabled: true,
      capabilities: {
        ...{ family: "gpt", limits: {}, object: "model_capabilities", supports: {} },
        ...{ tokenizer: "o200k_base", type: "chat" },
      },
    },
  ],
});
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
};

function event(kind: EventKind): string {
  // The machine's monotonic clock, so that a reader in another process knows the delay.
  return `data: ${JSON.stringify(EVENTS[kind](`${process.hrtime.bigint()} ${FILLER}`))}\n\n`;
}

async function stream(
  response: ServerResponse,
  { events, every, kind = "chat", status = 200 }: Pace,
): Promise<void> {
  response.writeHead(status, { "content-type": "text/event-stream" });
  let sent = 0;
  const end = (): void => void response.end("data: [DONE]\n\n");
  if (every > 0) {
    const timer = setInterval(() => {
      response.write(event(kind));
      sent += 1;
      if (sent < events) return;
      clearInterval(timer);
      end();
    }, every);
    response.on("close", () => clearInterval(timer));
    return;
  }
  while (sent < events && !response.destroyed) {
    sent += 1;
    if (!response.write(event(kind))) {
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
    if (url.endsWith("/chat/completions") || url.endsWith("/responses")) {
      const { stream: wanted, user } = JSON.parse(body) as {
        readonly stream?: boolean;
        readonly user?: string;
      };
      return wanted ? stream(response, JSON.parse(user ?? "") as Pace) : json(response, ANSWER);
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
