import { afterAll, beforeAll, expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { type RunningProxy, startProxy, startUpstream, type Upstream, until } from "../fixtures/upstream.ts";

let upstream: Upstream;
let proxy: RunningProxy;
beforeAll(async () => {
  upstream = await startUpstream((_request, response) => response.end("{}"));
  proxy = await startProxy({ sessions: [upstream], headerLimit: 8192 });
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await upstream[Symbol.asyncDispose]();
});

const POST = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const GET = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n";
/** A request that a second server might find in the body. */
const SMUGGLED = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Smuggled: yes\r\n\r\n";

test.each([
  [
    "a length and chunks",
    `${POST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    "chunks and a length",
    `${POST}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  ["two lengths", `${POST}Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}${SMUGGLED}`],
  ["two lengths that agree", `${POST}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${SMUGGLED}`],
  ["lengths in a list", `${POST}Content-Length: 2, 40\r\n\r\n{}${SMUGGLED}`],
  ["a signed length", `${POST}Content-Length: +2\r\n\r\n{}${SMUGGLED}`],
  ["a length in hexadecimal", `${POST}Content-Length: 0x2\r\n\r\n{}${SMUGGLED}`],
  ["a length below nothing", `${POST}Content-Length: -2\r\n\r\n{}${SMUGGLED}`],
  ["a length beyond numbers", `${POST}Content-Length: 99999999999999999999\r\n\r\n{}${SMUGGLED}`],
  ["a coding that nobody knows", `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  ["chunks before another coding", `${POST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  ["two codings", `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: cow\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  ["a coding with a strange space", `${POST}Transfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`],
  [
    "a space before the colon",
    `${POST}Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}${SMUGGLED}`,
  ],
  ["a length before the colon's space", `${POST}Content-Length : 2\r\n\r\n{}${SMUGGLED}`],
  ["a folded header", `${GET}X-One: a\r\n Transfer-Encoding: chunked\r\n\r\n`],
  ["a folded coding", `${POST}Transfer-Encoding:\r\n chunked\r\nContent-Length: 2\r\n\r\n{}${SMUGGLED}`],
  ["a bare carriage return in a value", `${GET}X-One: a\rX-Two: b\r\n\r\n`],
  ["a bare carriage return as an end of line", `${GET}X-One: a\r\rX-Two: b\r\n\r\n`],
  ["a zero byte in a value", `${GET}X-One: a\0b\r\n\r\n`],
  ["a zero byte in a name", `${GET}X\0One: a\r\n\r\n`],
  ["a header without a name", `${GET}: a\r\n\r\n`],
  ["a name with a space", `${GET}X One: a\r\n\r\n`],
  ["a chunk's size that is none", `${POST}Transfer-Encoding: chunked\r\n\r\nZ\r\n{}\r\n0\r\n\r\n${SMUGGLED}`],
  [
    "a chunk's size beyond numbers",
    `${POST}Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}\r\n0\r\n\r\n`,
  ],
  [
    "a chunk longer than its size",
    `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    "chunks in HTTP/1.0",
    `${POST.replace("1.1", "1.0")}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    "identity before chunks",
    `${POST}Transfer-Encoding: identity, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  [
    "chunks in chunks",
    `${POST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`,
  ],
  ...[
    "127.0.0.1/evil",
    "evil@127.0.0.1",
    "127.0.0.1:99999",
    "127.0.0.1:80:80",
    "127.0.0.1:port",
    "127.0.0.1?x",
    "127.0.0.1#x",
    "127.0.0.1 localhost",
    "local\\host",
    "[::1",
    "::1",
    "[127.0.0.1",
    "127.0.0.1, 127.0.0.1",
  ].map((host): [string, string] => [`the Host ${host}`, `${GET.replace("localhost", host)}\r\n${SMUGGLED}`]),
  ["500 headers", `${GET}${"a: b\r\n".repeat(500)}\r\n${SMUGGLED}`],
  ["no Host", "GET /v1/models HTTP/1.1\r\n\r\n"],
  ["a version of its own", "GET /v1/models HTTP/9.9\r\nHost: localhost\r\n\r\n"],
  ["a tab in the request line", "GET\t/v1/models\tHTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["a method that is none", "G=T /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["a tunnel", "CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n"],
  ["a head beyond the limit", `${GET}X-Long: ${"x".repeat(9000)}\r\n\r\n`],
  ["a line break in the path", "GET /v1/models%0d%0aX-Injected:%20yes HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["a line break in the provider", "GET /test%0d%0a/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"],
])("%s", async (what, bytes) => {
  const before = upstream.requests.length;
  const caller = rawRequest(proxy.url, bytes);
  const ended = caller.over;

  // If the end of a message is ambiguous, the connection must end with it.
  await until(() => caller.text().includes("\r\n\r\n") || caller.socket.closed, "it was answered or cut off");
  const [head = ""] = caller.text().split("\r\n\r\n", 1);
  expect(head).not.toMatch(/^HTTP\/1\.1 2/);
  expect(caller.text()).not.toMatch(/^HTTP\/1\.1 200/m);
  if (/connection: close/i.test(head) || head === "") await ended;
  // What cannot be framed is never followed by another request.
  if (/^(?:the Host|chunks in|identity|500)/.test(what)) expect(head).toMatch(/connection: close|^$/i);
  caller.socket.destroy();

  // Neither this request nor the hidden one was forwarded.
  await (await fetch(`${proxy.url}/livez`)).text();
  expect(upstream.requests.length).toBe(before);
});

test("a forwarded header stays one header, whatever its value contains", async () => {
  const answer = await fetch(`${proxy.url}/v1/models`, {
    headers: { "openai-beta": "a%0d%0aX-Injected: yes", "x-one": "two" },
  });

  expect(answer.status).toBe(200);
  const { headers } = upstream.requests.at(-1) ?? { headers: {} };
  expect(headers).toMatchObject({ "openai-beta": "a%0d%0aX-Injected: yes" });
  expect(headers).not.toHaveProperty("x-injected");
  expect(headers).not.toHaveProperty("x-one");
});

test.each([
  ["127.0.0.1", 200],
  ["127.0.0.1:4141", 200],
  ["localhost:", 200],
  ["LOCALHOST:80", 200],
  ["[::1]:4141", 200],
  ["example.org", 403],
])("the Host %s is well formed: %d", async (host, status) => {
  const caller = rawRequest(proxy.url, `GET /v1/models HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  await until(() => caller.text().includes("\r\n\r\n"), "it was answered");
  caller.socket.destroy();

  expect(caller.text()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});
