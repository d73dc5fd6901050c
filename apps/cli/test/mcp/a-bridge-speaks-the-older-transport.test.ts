import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createMemoryStore, createTokenManager } from "@tokenflow/core";
import { createMcpProvider } from "@tokenflow/mcp/client";
import { afterEach, expect, test } from "vitest";
import { type Bridge, createBridge } from "../../src/mcp/bridge.ts";
import { untilFound } from "../support/until-found.ts";

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly name?: string };
}
interface Scene extends AsyncDisposable {
  readonly bridge: Bridge;
  readonly lines: string[];
  /** The methods that arrived, with the number of the stream whose address they were sent to. */
  readonly seen: string[];
  readonly streams: ServerResponse[];
  /** Asks, and returns the answer that the client got. */
  call(method: string, params?: object): Promise<{ result?: unknown; error?: { message: string } }>;
}

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

interface Behaviour {
  /** The data of the first event. @default the address of the stream's own messages */
  readonly endpoint?: string;
  /** @default 405 */
  readonly refusal?: number;
}

/** A server of 2024-11-05: GET opens the stream, whose first event names the address for messages. */
async function stage({ endpoint, refusal = 405 }: Behaviour = {}): Promise<Scene> {
  const streams: ServerResponse[] = [];
  const seen: string[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://local");
    if (pathname === "/sse" && request.method === "GET") {
      const number = streams.push(response);
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`event: endpoint\ndata: ${endpoint ?? `/messages?stream=${number}`}\n\n`);
      return;
    }
    if (pathname !== "/messages") return void response.writeHead(pathname === "/sse" ? refusal : 404).end();
    const stream = streams[Number(searchParams.get("stream")) - 1];
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as Message;
      if (!stream?.writable) return void response.writeHead(404).end();
      seen.push(`${method} ${searchParams.get("stream")}`);
      response.writeHead(202).end("Accepted");
      if (params?.name === "break") return void stream.destroy();
      if (id === undefined) return;
      const result = method === "initialize" ? { protocolVersion: "2024-11-05" } : { method };
      stream.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\n\n`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const provider = createMcpProvider(`http://127.0.0.1:${(server.address() as AddressInfo).port}/sse`);
  const manager = createTokenManager({ provider, store: createMemoryStore() });
  const over = new AbortController();
  const lines: string[] = [];
  const writeLine = (line: string): void => void lines.push(line);
  const bridge = createBridge({ provider, manager, env: {}, writeLine, signal: over.signal, version: "1" });
  let last = 0;
  const scene: Scene = {
    bridge,
    lines,
    seen,
    streams,
    async call(method, params = {}) {
      last += 1;
      const id = last;
      await bridge.take(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
      return untilFound(() => lines.map((line) => JSON.parse(line)).find((message) => message.id === id));
    },
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

const HELLO = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: {} };

test.each([400, 404, 405])(
  "a server that answers %d to a message is asked for its stream",
  async (refusal) => {
    const { call, seen, bridge, lines } = await stage({ refusal });
    expect((await call("initialize", HELLO)).result).toEqual({ protocolVersion: "2024-11-05" });
    await bridge.take('{"jsonrpc":"2.0","method":"notifications/initialized"}');
    expect((await call("tools/list")).result).toEqual({ method: "tools/list" });
    expect(seen).toEqual(["initialize 1", "notifications/initialized 1", "tools/list 1"]);
    expect(lines).toHaveLength(2);
  },
);

test("what the server sends by itself arrives", async () => {
  const { call, streams, lines } = await stage();
  await call("initialize", HELLO);
  const note = '{"jsonrpc":"2.0","method":"notifications/message","params":{"n":1.0e400}}';
  streams[0]?.write(`event: message\ndata: ${note}\n\n`);
  await untilFound(() => lines.find((line) => line === note));
});

test("a stream that breaks ends what waited in an error, and the next message begins again unseen", async () => {
  const { call, seen, lines } = await stage();
  await call("initialize", HELLO);
  const { error } = await call("tools/call", { name: "break" });
  expect(error?.message).toContain("may have been carried out, so it was not sent again");
  const answers = await Promise.all([call("tools/list"), call("prompts/list")]);
  expect(answers.map(({ result }) => result)).toEqual([{ method: "tools/list" }, { method: "prompts/list" }]);
  expect(seen.slice(0, 4)).toEqual([
    "initialize 1",
    "tools/call 1",
    "initialize 2",
    "notifications/initialized 2",
  ]);
  expect(seen.slice(4).toSorted()).toEqual(["prompts/list 2", "tools/list 2"]);
  expect(lines).toHaveLength(4);
});

test("an address for messages at another server gets nothing", async () => {
  const { call, seen } = await stage({ endpoint: "http://127.0.0.1:9/messages" });
  expect((await call("initialize", HELLO)).error?.message).toMatch(/^127\.0\.0\.1:\d+ answered 405/);
  expect(seen).toEqual([]);
});
