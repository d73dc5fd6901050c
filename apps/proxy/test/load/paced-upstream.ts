/**
 * A separate process that serves model calls as Copilot's API does. `paced` sends an event every 20 ms, as many as the
 * request's `max_tokens`; `flood` sends events without a pause and without an end.
 */
import { createServer, type ServerResponse } from "node:http";

const PACE = 20;
const PIECE = Buffer.from(`data: ${"x".repeat(64 * 1024)}\n\n`);

const paced = new Map<ServerResponse, number>();
setInterval(() => {
  for (const [response, left] of paced) {
    if (left > 0) response.write(`data: {"left":${left},"choices":[{"delta":{"content":"word "}}]}\n\n`);
    else response.end("data: [DONE]\n\n");
    if (left > 0) paced.set(response, left - 1);
    else paced.delete(response);
  }
}, PACE);

function flood(response: ServerResponse): void {
  while (!response.destroyed) {
    if (!response.write(PIECE)) return void response.once("drain", () => flood(response));
  }
}

const server = createServer((request, response) => {
  if (request.method === "GET") {
    response.writeHead(200, { "content-type": "application/json" }).end('{"data":[]}');
    return;
  }
  let body = "";
  request.setEncoding("utf8").on("data", (part: string) => (body += part));
  request.on("end", () => {
    const { model, max_tokens: count } = JSON.parse(body);
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.on("error", () => undefined);
    response.once("close", () => paced.delete(response));
    if (model === "flood") flood(response);
    else paced.set(response, count);
  });
});
server.listen(0, "127.0.0.1", 4096, () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}\n`);
});
// Exits together with its parent process.
process.stdin.on("end", () => process.exit()).resume();
