import { createHash, randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import { request } from "undici";
import { expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

test("a stream of chunks of any size and content arrives unchanged", async () => {
  const pieces = Array.from({ length: 400 }, (_, index) => randomBytes((index * 37) % 5000));
  await using upstream = await startUpstream(async (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    for (const piece of pieces) {
      response.write(piece);
      await new Promise(setImmediate);
    }
    response.end();
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/chat/completions`, { method: "POST", body: "{}" });

  expect(answer.statusCode).toBe(200);
  expect(hash(await answer.body.bytes())).toBe(hash(Buffer.concat(pieces)));
});

test.each([0, 1, 2, 3])("a response in one packet, in %d chunks, keeps their order", async (count) => {
  const pieces = ["one", "two", "three"].slice(0, count);
  const body = [...pieces, ""].map((piece) => `${piece.length}\r\n${piece}\r\n`).join("");
  await using upstream = await startUpstream(({ socket }) =>
    socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${body}`),
  );
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`);

  expect(await answer.body.text()).toBe(pieces.join(""));
});

test("a compressed response stays compressed, with the caller's Accept-Encoding", async () => {
  const bytes = gzipSync(JSON.stringify({ text: "hello ".repeat(1000) }));
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(200, { "content-type": "application/json", "content-encoding": "gzip" }).end(bytes);
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`, { headers: { "accept-encoding": "gzip, br" } });

  expect(upstream.requests[0]?.headers["accept-encoding"]).toBe("gzip, br");
  expect(answer.headers["content-encoding"]).toBe("gzip");
  expect(hash(await answer.body.bytes())).toBe(hash(bytes));
});

test.each([
  ["short", '{"error": {"message":"no such model","type":"a","code":"model_not_supported"}}'],
  ["longer than what is looked at", JSON.stringify(Array.from({ length: 40_000 }, (_, index) => index))],
])("an upstream's own error passes unchanged if SDKs can read it: %s", async (_name, body) => {
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(400, { "content-type": "application/json", "x-request-id": "abc" }).end(body);
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/chat/completions`, { method: "POST", body: "{}" });

  expect(answer.statusCode).toBe(400);
  expect(answer.headers["x-request-id"]).toBe("abc");
  expect(await answer.body.text()).toBe(body);
  expect(upstream.requests).toHaveLength(1);
});

test("an error that stops midway is not buffered without end", async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(500).write("half an err");
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/models`);
  const first: unknown = await new Promise((resolve) => answer.body.once("data", resolve));

  expect(answer.statusCode).toBe(500);
  expect(String(first)).toBe("half an err");
});

test("the headers arrive before the first byte of the body", async () => {
  let finish = (): void => undefined;
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    finish = () => response.end("data: [DONE]\n\n");
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const answer = await request(`${proxy.url}/v1/chat/completions`, { method: "POST", body: "{}" });
  finish();

  expect(await answer.body.text()).toBe("data: [DONE]\n\n");
});

test("a request's body arrives unchanged, chunked or not, and the provider sees its outline", async () => {
  const bodies: string[] = [];
  await using upstream = await startUpstream((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      bodies.push(hash(Buffer.concat(parts)));
      response.end("{}");
    });
  });
  await using proxy = await startProxy({ sessions: [upstream] });
  const bytes = Buffer.from(JSON.stringify({ text: "ä".repeat(100_000) }));
  const url = `${proxy.url}/v1/chat/completions`;

  await (await request(url, { method: "POST", body: bytes })).body.dump();
  await (
    await request(url, { method: "POST", body: [bytes.subarray(0, 7), bytes.subarray(7)] as never })
  ).body.dump();
  const gzip = { "content-encoding": "gzip" };
  await (await request(url, { method: "POST", body: gzipSync(bytes), headers: gzip })).body.dump();

  expect(bodies).toEqual([hash(bytes), hash(bytes), hash(gzipSync(bytes))]);
  expect(upstream.requests.map(({ headers }) => headers["x-json-length"])).toEqual(["2", "2", "2"]);
});

test("Expect: 100-continue is answered if the body is accepted, and only then", async () => {
  await using upstream = await startUpstream(async (incoming, response) => {
    response.end(String(Buffer.concat(await incoming.toArray()).length));
  });
  await using proxy = await startProxy({ sessions: [upstream], bodyLimit: 1000 });
  const head = (length: number, path = "/v1/chat/completions"): string =>
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;

  const wanted = rawRequest(proxy.url, head(5));
  await until(() => wanted.text() === "HTTP/1.1 100 Continue\r\n\r\n", "100 Continue arrived");
  wanted.socket.write("{   }");
  await until(() => wanted.text().endsWith("\r\n\r\n5"), "it was answered");
  const long = rawRequest(proxy.url, head(5000));
  const lost = rawRequest(proxy.url, head(5, "/v1/nothing"));
  await until(() => long.text() !== "" && lost.text() !== "", "they were answered");

  expect(long.text()).toMatch(/^HTTP\/1\.1 413 /);
  expect(lost.text()).toMatch(/^HTTP\/1\.1 404 /);
  for (const { socket } of [wanted, long, lost]) socket.destroy();
});

test("listed trailers arrive after the body, a caller's do not", async () => {
  await using upstream = await startUpstream((_incoming, response) => {
    response.writeHead(200, { trailer: "x-request-id, set-cookie, content-language" });
    response.write("body");
    response.addTrailers({ "x-request-id": "abc", "set-cookie": "a=b", "content-language": "de" });
    response.end();
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const caller = rawRequest(
    proxy.url,
    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" +
      "Transfer-Encoding: chunked\r\nTrailer: x-request-id\r\n\r\n2\r\n{}\r\n0\r\nx-request-id: mine\r\n\r\n",
  );
  await caller.over;

  expect(caller.text()).toMatch(/\r\n4\r\nbody\r\n0\r\nx-request-id: abc\r\n\r\n$/);
  expect(upstream.requests[0]?.headers).toMatchObject({ "content-length": "2" });
  expect(upstream.requests[0]?.trailers).toEqual({});
});
