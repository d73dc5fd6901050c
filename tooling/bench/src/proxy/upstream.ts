/** The service behind the proxies. It answers GitHub's and Copilot's paths, and streams at the pace in the request's `user` field. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** The pace of a stream, from the request's `user` field. */
export interface Pace {
  readonly events: number;
  /** Between two events, in milliseconds. 0 sends them as fast as they are read. */
  readonly every: number;
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

function event(): string {
  // The machine's monotonic clock, so that a reader in another process knows the delay.
  const content = `${process.hrtime.bigint()} ${FILLER}`;
  const chunk = {
    id: "bench",
    object: "chat.completion.chunk",
    model: "gpt-4.1",
    choices: [{ index: 0, delta: { content } }],
  };
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

async function stream(response: ServerResponse, { events, every }: Pace): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  let sent = 0;
  const end = (): void => void response.end("data: [DONE]\n\n");
  if (every > 0) {
    const timer = setInterval(() => {
      response.write(event());
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
    if (!response.write(event())) {
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
    if (url.endsWith("/chat/completions")) {
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
