import { createServer, type Server } from "node:net";
import { createTokenManager, type TokenManager } from "@tokenflow/core";
import { afterEach, expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { type RunningProxy, startProxy, startUpstream, until } from "../fixtures/upstream.ts";

let stack = new AsyncDisposableStack();

afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** Starts a proxy in front of an upstream that answers with these bytes. */
async function start(bytes: string): Promise<RunningProxy> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.write(Buffer.from(bytes, "latin1")));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stack.defer(() => void server.close());
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  const upstream = stack.use(await startUpstream((_request, response) => response.end("{}")));
  const { provider } = upstream.manager;
  if (!provider.upstream) throw new Error("no upstream");
  const manager: TokenManager = createTokenManager({
    provider: { ...provider, upstream: { ...provider.upstream, address: () => url } },
    grant: { secret: "grant" },
  });
  stack.defer(() => manager.close());
  return stack.use(await startProxy({ sessions: [{ manager }] }));
}

async function ask(proxy: RunningProxy): Promise<string> {
  const caller = rawRequest(proxy.url, "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await until(() => caller.text().includes("\r\n\r\n"), "it was answered");
  await until(
    () => !/content-length: [1-9]/i.test(caller.text()) || /\r\n\r\n./.test(caller.text()),
    "in whole",
  );
  caller.socket.destroy();
  return caller.text();
}

test.each([
  [
    "a control character in a header",
    "HTTP/1.1 200 OK\r\nX-Request-Id: a\x01b\r\nContent-Length: 2\r\n\r\n{}",
  ],
  [
    "a deleted character in a header",
    "HTTP/1.1 200 OK\r\nX-Request-Id: a\x7fb\r\nContent-Length: 2\r\n\r\n{}",
  ],
  ["a zero byte in a header", "HTTP/1.1 200 OK\r\nX-Request-Id: a\0b\r\nContent-Length: 2\r\n\r\n{}"],
  ["a bare line feed in a header", "HTTP/1.1 200 OK\r\nX-Request-Id: a\rb\r\nContent-Length: 2\r\n\r\n{}"],
  ["no HTTP", "SSH-2.0-OpenSSH_9.6\r\n"],
  ["two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"],
  [
    "a length and chunks",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
  ],
  ["a status beyond three digits", "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\n{}"],
  ["headers without an end", `HTTP/1.1 200 OK\r\n${"X-A: b\r\n".repeat(20_000)}\r\n`],
])("%s is 502 and the service's fault", async (_what, bytes) => {
  const text = await ask(await start(bytes));

  expect(text).toMatch(/^HTTP\/1\.1 502 /);
  expect(text).toContain('"code":"provider.malformed"');
  expect(text).toContain("The fault is the service's");
});

test.each([
  ["204", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\nX-Request-Id: a\r\n\r\n"],
  ["304", 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\nEtag: "a"\r\n\r\n'],
])("a %s goes out without a length and without a body", async (status, bytes) => {
  const text = await ask(await start(bytes));

  expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(text).not.toMatch(/content-length|transfer-encoding/i);
  expect(text.endsWith("\r\n\r\n")).toBe(true);
});
