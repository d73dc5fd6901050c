import { once } from "node:events";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { nodeFetch } from "@tokenflow/common";
import { TokenFlowError } from "@tokenflow/core";
import { createHttp, version } from "@tokenflow/core/provider";
import { createFakeClock } from "@tokenflow/core/testing";
import { describe, expect, test } from "vitest";
import { listen, serve } from "../support/loopback.ts";

const GRANT = "hunter2-hunter2";
const MIB = 2 ** 20;
const http = createHttp({ fetch: nodeFetch });

const failureOf = (url: string, options = {}): Promise<unknown> =>
  createHttp({ fetch: nodeFetch, ...options })({ method: "POST", url, form: { refresh_token: GRANT } }).then(
    ({ status }) => expect.unreachable(`answered ${status}`),
    (error: unknown) => error,
  );

const grantUnused = (error: unknown): boolean | undefined =>
  error instanceof TokenFlowError && error.grantUnused;

test("a request has the headers that fetch sends, and a form is sent as a form, JSON as JSON", async () => {
  const { url, seen } = await serve((response) => response.end("{}"));
  await http({ method: "POST", url, form: { a: "1 2", b: "ü" } });
  await http({ method: "POST", url, json: { a: ["ü"] }, headers: { Accept: "text/plain" } });
  await http({ method: "GET", url });
  expect(seen.map(({ method, headers, body }) => [method, headers["content-type"], body])).toEqual([
    ["POST", "application/x-www-form-urlencoded;charset=UTF-8", "a=1+2&b=%C3%BC"],
    ["POST", "application/json", '{"a":["ü"]}'],
    ["GET", undefined, ""],
  ]);
  expect(seen[0]?.headers).toMatchObject({
    accept: "application/json",
    "user-agent": `TokenFlow/${version}`,
    "cache-control": "no-cache",
    "accept-encoding": "gzip",
  });
  expect(seen[1]?.headers.accept).toBe("text/plain");
});

test("connections are reused", async () => {
  const { url, connections } = await serve((response) => response.end("{}"));
  for (let call = 0; call < 20; call += 1) await http({ method: "GET", url });
  expect(connections()).toBeLessThanOrEqual(2);
});

test("no redirect is followed, and every status is an answer", async () => {
  const elsewhere = await serve((response) => response.end("{}"));
  const { url } = await serve((response, status) =>
    response.writeHead(Number(status), { location: elsewhere.url }).end(),
  );
  for (const status of [204, 301, 302, 303, 304, 307, 308, 404, 500]) {
    const answer = await http({ method: "POST", url: `${url}/${status}`, form: { grant: GRANT } });
    expect(answer).toMatchObject({ status, text: "" });
    expect(answer.headers.get("location")).toBe(elsewhere.url);
  }
  expect(await http({ method: "HEAD", url: `${url}/200` })).toMatchObject({ status: 200, text: "" });
  expect(elsewhere.connections()).toBe(0);
});

test("answers are read in every coding, with their headers and times", async () => {
  const codings: Readonly<Record<string, (text: string) => Uint8Array | string>> = {
    gzip: gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
    identity: String,
  };
  const { url } = await serve((response, coding) => {
    response.writeHead(503, {
      "content-encoding": coding,
      date: "Thu, 01 Jan 2026 00:00:00 GMT",
      "retry-after": "7",
      "set-cookie": ["a=1", "b=2"],
    });
    response.end(codings[coding]?.('{"ü":1}'));
  });
  for (const coding of Object.keys(codings)) {
    const answer = await http({ method: "GET", url: `${url}/${coding}` });
    expect(answer).toMatchObject({
      text: '{"ü":1}',
      json: { ü: 1 },
      date: Date.UTC(2026, 0, 1),
      retryAfter: 7_000,
    });
    expect(answer.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  }
});

test("the limit is exactly 1 MiB after decompression, and a bomb is cut off", async () => {
  const closed = Promise.withResolvers<void>();
  const { url } = await serve((response, size) => {
    response.writeHead(404, { "content-encoding": "gzip" });
    if (size !== "bomb") return response.end(gzipSync(Buffer.alloc(Number(size), "x")));
    const member = gzipSync(Buffer.alloc(MIB));
    const pour = (): void => {
      while (!response.destroyed && response.write(member));
    };
    response.on("drain", pour).on("close", closed.resolve);
    pour();
    return response;
  });
  expect((await http({ method: "GET", url: `${url}/${MIB}` })).text).toHaveLength(MIB);
  for (const size of [MIB + 1, "bomb"]) {
    await expect(http({ method: "GET", url: `${url}/${size}` })).rejects.toMatchObject({
      code: "provider.malformed",
      status: 404,
    });
  }
  await closed.promise;
});

const HEAD = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";

test("an answer is whole at its last brace, if its connection then breaks", async () => {
  const body = '{"refresh_token":"r2"}';
  const answers = [
    `${HEAD}content-length: 99\r\n\r\n${body}`,
    `${HEAD}transfer-encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n`,
  ];
  for (const answer of answers) {
    const url = await listen((socket) => socket.end(answer));
    expect(await http({ method: "GET", url })).toMatchObject({ json: { refresh_token: "r2" } });
  }
});

describe("a grant that was sent may have been used: after", () => {
  const afterSending: Readonly<Record<string, (socket: Socket) => void>> = {
    "a reset": (socket) => socket.resetAndDestroy(),
    "a closed connection": (socket) => socket.end(),
    "half a head": (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-le"),
    "half a body": (socket) => socket.end(`${HEAD}content-length: 100\r\n\r\n{"access_token":`),
    "half a chunked body": (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\n20\r\n{"acc`),
    "half a gzip body": (socket) =>
      socket.end(`${HEAD}content-length: 100\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b\x08`),
    "a body that is not the gzip it claims": (socket) =>
      socket.end(`${HEAD}content-encoding: gzip\r\n\r\n{"access_token"`),
    "something that is not HTTP": (socket) => socket.end("220 mail.example.org ESMTP\r\n"),
  };
  test.each(Object.entries(afterSending))("%s", async (_name, onData) => {
    const error = await failureOf(await listen(onData));
    expect(error).toMatchObject({ code: "provider.unavailable" });
    expect(grantUnused(error)).toBeUndefined();
    expect(inspect(error, { showHidden: true, depth: 10 })).not.toContain(GRANT);
  });

  test("a server that never answers: it ends after 30 s", async () => {
    const clock = createFakeClock();
    const reached = Promise.withResolvers<Socket>();
    const failed = failureOf(await listen(reached.resolve), { clock });
    const closed = once(await reached.promise, "close");
    await clock.advance(30_000);
    const error = await failed;
    expect(error).toMatchObject({ message: expect.stringContaining("30 s") });
    expect(grantUnused(error)).toBeUndefined();
    expect(clock.pending).toEqual([]);
    // The connection does not stay open.
    await closed;
  });

  test("a reused connection that breaks", async () => {
    let answers = 0;
    const { url } = await serve((response) => {
      answers += 1;
      if (answers === 1) response.end("{}");
      else response.socket?.resetAndDestroy();
    });
    await http({ method: "GET", url });
    expect(grantUnused(await failureOf(url))).toBeUndefined();
  });
});

test("a refused connection spares the grant", async () => {
  const server = createTcpServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  expect(await failureOf(`http://127.0.0.1:${port}/`)).toMatchObject({
    code: "provider.unavailable",
    message: `No answer from 127.0.0.1:${port} (ECONNREFUSED)`,
    grantUnused: true,
  });
});

test("the caller's abort ends the request with its reason", async () => {
  const reached = Promise.withResolvers<Socket>();
  const url = await listen(reached.resolve);
  const abort = new AbortController();
  const asked = http({ method: "GET", url, signal: abort.signal });
  const closed = once(await reached.promise, "close");
  abort.abort(new Error("enough"));
  await expect(asked).rejects.toThrow("enough");
  await closed;
});
