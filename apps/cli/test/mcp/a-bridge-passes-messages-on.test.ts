import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createMemoryStore, createTokenManager } from "@tokenflow/core";
import { createMcpProvider } from "@tokenflow/mcp/client";
import { afterEach, expect, test } from "vitest";
import { type Bridge, createBridge } from "../../src/mcp/bridge.ts";
import { pauseOf, relayServerStream } from "../../src/mcp/relay.ts";
import { untilFound } from "../support/until-found.ts";

type Handler = (request: IncomingMessage, body: string, response: ServerResponse) => void;

interface Scene extends AsyncDisposable {
  readonly bridge: Bridge;
  readonly lines: string[];
  readonly url: string;
  readonly requests: { method: string; headers: IncomingMessage["headers"]; body: string }[];
  answerTo(
    id: number | string,
  ): Promise<{ result?: unknown; error?: { code: number; message: string; data?: unknown } }>;
  send(message: object): Promise<void>;
}

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

/** A bridge to a server that wants no sign-in, and answers as the test says. */
async function stage(handle: Handler): Promise<Scene> {
  const requests: Scene["requests"] = [];
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      requests.push({ method: request.method ?? "", headers: request.headers, body });
      if (request.method === "GET" && request.headers["last-event-id"] === undefined) {
        response.writeHead(405).end();
      } else handle(request, body, response);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  const provider = createMcpProvider(url);
  const manager = createTokenManager({ provider, store: createMemoryStore() });
  const over = new AbortController();
  const lines: string[] = [];
  const writeLine = (line: string): void => void lines.push(line);
  const bridge = createBridge({ provider, manager, env: {}, writeLine, signal: over.signal, version: "1" });
  const scene: Scene = {
    bridge,
    lines,
    url,
    requests,
    answerTo: (id) =>
      untilFound(() => lines.map((line) => JSON.parse(line)).find((message) => message.id === id)),
    send: (message) => bridge.take(JSON.stringify({ jsonrpc: "2.0", ...message })),
    async [Symbol.asyncDispose]() {
      await bridge.end();
      over.abort();
      await manager.close();
      server.closeAllConnections();
      server.close();
    },
  };
  open.push(scene);
  return scene;
}

const json = (response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void => {
  response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
};
const idOf = (body: string): unknown => JSON.parse(body).id;

test("numbers and spaces of a message arrive as they were sent", async () => {
  const { bridge, requests, lines } = await stage((_, __, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end('{"jsonrpc":"2.0",\n"id":1,\r\n"result":{"n":12345678901234567890.10}}');
  });
  const line = '{"jsonrpc":"2.0","id":1,"method":"x","params":{"n":1.0e400,"m":12345678901234567890}}';
  await bridge.take(line);
  expect(requests[0]?.body).toBe(line);
  expect(lines).toEqual(['{"jsonrpc":"2.0", "id":1, "result":{"n":12345678901234567890.10}}']);
});

test("the session and the revision of the server are repeated, and its session is ended", async () => {
  const scene = await stage((_, body, response) => {
    const { method, id } = JSON.parse(body || "{}");
    if (id === undefined) response.writeHead(202).end();
    else if (method === "initialize")
      json(
        response,
        { jsonrpc: "2.0", id, result: { protocolVersion: "2025-06-18" } },
        { "mcp-session-id": "s1" },
      );
    else json(response, { jsonrpc: "2.0", id, result: {} });
  });
  await scene.send({ id: 1, method: "initialize", params: { protocolVersion: "2025-11-25" } });
  await scene.send({ method: "notifications/initialized" });
  await scene.send({ id: 2, method: "tools/list" });
  const list = scene.requests.find(({ body }) => body.includes("tools/list"));
  expect(list?.headers).toMatchObject({ "mcp-session-id": "s1", "mcp-protocol-version": "2025-06-18" });
  await scene.bridge.end();
  expect(scene.requests.at(-1)).toMatchObject({ method: "DELETE", headers: { "mcp-session-id": "s1" } });
});

test("a request of 2026-07-28 carries its revision, its method and its name", async () => {
  const scene = await stage((_, body, response) =>
    json(response, { jsonrpc: "2.0", id: idOf(body), result: {} }),
  );
  const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
  await scene.send({ id: 1, method: "tools/call", params: { name: "grüße", _meta } });
  expect(scene.requests[0]?.headers).toMatchObject({
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": `=?base64?${Buffer.from("grüße").toString("base64")}?=`,
  });
});

test("a stream that breaks before the answer ends in an error, and the request is not sent again", async () => {
  const scene = await stage((_, __, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('data: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n', () =>
      response.destroy(),
    );
  });
  await scene.send({ id: 1, method: "tools/call", params: { name: "pay" } });
  const { error } = await scene.answerTo(1);
  expect(error?.message).toContain("may have been carried out, so it was not sent again");
  expect(scene.lines).toHaveLength(2);
  expect(scene.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
});

test("a numbered stream that breaks is continued, without sending the request again", async () => {
  const scene = await stage((request, body, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (request.method === "POST") return void response.end(`id: e1\nretry: 1\ndata:\n\n`);
    expect(request.headers["last-event-id"]).toBe("e1");
    response.end('id: e2\ndata: {"jsonrpc":"2.0","id":1,"result":{"ok":true}}\n\n');
    expect(body).toBe("");
  });
  await scene.send({ id: 1, method: "tools/call", params: { name: "slow" } });
  expect((await scene.answerTo(1)).result).toEqual({ ok: true });
  expect(scene.requests.map(({ method }) => method)).toEqual(["POST", "GET"]);
});

test("a server may end a numbered stream as often as it likes before it answers", async () => {
  const scene = await stage((request, _, response) => {
    const last = Number(request.headers["last-event-id"] ?? 0);
    response.writeHead(200, { "content-type": "text/event-stream" });
    if (last < 6) return void response.end(`id: ${last + 1}\nretry: 1\ndata:\n\n`);
    response.end('id: 7\ndata: {"jsonrpc":"2.0","id":1,"result":{"ok":true}}\n\n');
  });
  await scene.send({ id: 1, method: "tools/call", params: { name: "slow" } });
  expect((await scene.answerTo(1)).result).toEqual({ ok: true });
});

test("a stream that the server ends at once is asked for once a second, whatever pause the server names", async () => {
  const asked: number[] = [];
  const over = new AbortController();
  const context = {
    name: "mcp.test",
    headers: () => ({}),
    deliver: () => undefined,
    write: () => undefined,
    async send() {
      asked.push(performance.now());
      const response = new Response("retry: 0\ndata:\n\n", {
        headers: { "content-type": "text/event-stream" },
      });
      return { status: "answered", response } as const;
    },
  };
  const listening = relayServerStream(context, over.signal).catch(() => undefined);
  await untilFound(() => asked[1]);
  over.abort();
  await listening;
  expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThan(900);
  // A longer one would overflow the timer, which then fires at once.
  expect([99_999_999_999, 5_000, 0].map((wanted) => pauseOf(wanted, 100))).toEqual([3_600_000, 5_000, 100]);
});

test("a stream of the server that is away for now is asked for again, and one that it does not have is not", async () => {
  const statuses = [503, 429, 405];
  const asked: number[] = [];
  const context = {
    name: "mcp.test",
    headers: () => ({}),
    deliver: () => undefined,
    write: () => undefined,
    async send() {
      const status = statuses[asked.length] ?? 405;
      asked.push(status);
      return { status: "answered", response: new Response("", { status }) } as const;
    },
  };
  await relayServerStream(context, new AbortController().signal);
  expect(asked).toEqual(statuses);
});

test.each([200, 400])(
  "a refusal with %d and without the id of the request answers the request",
  async (status) => {
    const error = { code: -32_600, message: "No valid session", data: { why: "gone" } };
    const scene = await stage((_, __, response) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify({ jsonrpc: "2.0", id: null, error }));
    });
    await scene.send({ id: 1, method: "tools/list" });
    expect((await scene.answerTo(1)).error).toEqual(error);
    expect(scene.lines).toHaveLength(1);
  },
);

test("an answer to another request answers this one with an error", async () => {
  const scene = await stage((_, __, response) => json(response, { jsonrpc: "2.0", id: "1", result: {} }));
  await scene.send({ id: 1, method: "tools/list" });
  expect((await scene.answerTo(1)).error?.message).toContain("without an answer to the request");
});

test.each<[string, (response: ServerResponse, answer: string) => void]>([
  [
    "an event stream that ends without its blank line",
    (response, answer) => events(response, `data: ${answer}\n`),
  ],
  ["an event stream that ends in its event", (response, answer) => events(response, `data: ${answer}`)],
  [
    "an event stream with carriage returns alone",
    (response, answer) => events(response, `data: ${answer}\r\r`),
  ],
  [
    "an event stream that breaks after its event",
    (response, answer) => {
      events(response, undefined);
      response.write(`data: ${answer}\n`, () => response.destroy());
    },
  ],
  ["an answer without a type", (response, answer) => response.writeHead(200).end(answer)],
  [
    "an answer of another type",
    (response, answer) => response.writeHead(200, { "content-type": "text/plain" }).end(answer),
  ],
  [
    "an answer shorter than its length",
    (response, answer) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": 999 });
      response.write(answer, () => response.destroy());
    },
  ],
])("%s is passed on whole", async (_, respond) => {
  const scene = await stage((request, body, response) => {
    if (request.method === "GET") return void response.writeHead(405).end();
    respond(response, JSON.stringify({ jsonrpc: "2.0", id: idOf(body), result: { found: true } }));
  });
  await scene.send({ id: 1, method: "tools/list" });
  expect((await scene.answerTo(1)).result).toEqual({ found: true });
  expect(scene.lines).toHaveLength(1);
});

test.each([
  ["an event", "text/event-stream", 'data: {"jsonrpc":"2.0","id":1,"result":{"a'],
  ["an answer", "application/json", '{"jsonrpc":"2.0","id":1,"result":{"a'],
])("half of %s is lost", async (_, type, half) => {
  const scene = await stage((_request, _body, response) => {
    response.writeHead(200, { "content-type": type, "content-length": 999 });
    response.write(half, () => response.destroy());
  });
  await scene.send({ id: 1, method: "tools/list" });
  expect((await scene.answerTo(1)).error?.message).toContain("broke before its answer arrived");
});

function events(response: ServerResponse, text: string | undefined): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  if (text !== undefined) response.end(text);
}

test("a redirect within the server's origin is followed with the token and the message", async () => {
  const scene = await stage((request, body, response) => {
    if (request.url !== "/mcp/") return void response.writeHead(307, { location: "/mcp/" }).end();
    json(response, { jsonrpc: "2.0", id: idOf(body), result: { at: request.url } });
  });
  await scene.send({ id: 1, method: "tools/list" });
  expect((await scene.answerTo(1)).result).toEqual({ at: "/mcp/" });
});

test("a server that redirects to itself for ever is one error", async () => {
  const scene = await stage((_, __, response) => response.writeHead(308, { location: "/mcp" }).end());
  await scene.send({ id: 1, method: "tools/list" });
  expect((await scene.answerTo(1)).error?.message).toContain("redirects to");
});

test("a server that is gone, and one that answers nothing of use, are one error each", async () => {
  const scene = await stage((_, body, response) => {
    const { method } = JSON.parse(body);
    if (method === "html") response.writeHead(502, { "content-type": "text/html" }).end("<html>");
    if (method === "words") response.writeHead(400).end("no such\nmethod");
    if (method === "empty") response.writeHead(202).end();
    if (method === "moved") response.writeHead(307, { location: "https://evil.test/" }).end();
    if (method === "reset") response.destroy();
    if (method === "error") {
      response.writeHead(400, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ jsonrpc: "2.0", id: idOf(body), error: { code: -32_601, message: "unknown" } }),
      );
    }
  });
  const host = new URL(scene.url).host;
  const messages: Record<string, string> = {};
  for (const [id, method] of ["html", "words", "empty", "moved", "reset", "error"].entries()) {
    await scene.send({ id, method });
    messages[method] = (await scene.answerTo(id)).error?.message ?? "";
  }
  expect(messages).toMatchObject({
    html: `${host} answered 502`,
    words: `${host} answered 400: no such method`,
    empty: `${host} answered 202 without an answer to the request`,
    moved: `${host} redirects to https://evil.test/, which gets no token. If that is the server, use its address`,
    error: "unknown",
  });
  expect(messages["reset"]).toMatch(new RegExp(host));
});

test("a server that forgot the session gets a new one, and then the request that it refused unread", async () => {
  let sessions = 0;
  const scene = await stage((request, body, response) => {
    const { method, id } = JSON.parse(body || "{}");
    if (method === "initialize") {
      sessions += 1;
      return json(
        response,
        { jsonrpc: "2.0", id, result: { protocolVersion: "2025-11-25" } },
        { "mcp-session-id": `s${sessions}` },
      );
    }
    if (id === undefined) return void response.writeHead(202).end();
    if (request.headers["mcp-session-id"] !== "s2") return void response.writeHead(404).end();
    json(response, { jsonrpc: "2.0", id, result: { tools: [] } });
  });
  await scene.send({ id: 1, method: "initialize", params: {} });
  await scene.send({ id: 2, method: "tools/list" });
  expect((await scene.answerTo(2)).result).toEqual({ tools: [] });
  expect(scene.lines).toHaveLength(2);
});

test.each([
  ["garbage", -32_700],
  ["{}", -32_700],
  ['{"jsonrpc":"1.0","id":1,"method":"x"}', -32_700],
  ["[]", -32_600],
])("%s is refused and sent nowhere", async (line, code) => {
  const { bridge, lines, requests } = await stage(() => expect.unreachable("it was sent"));
  await bridge.take(line);
  expect(lines.map((one) => JSON.parse(one))).toMatchObject([{ id: null, error: { code } }]);
  await bridge.take("   ");
  expect(lines).toHaveLength(1);
  expect(requests).toEqual([]);
});
