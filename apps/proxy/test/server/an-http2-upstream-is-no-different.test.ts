import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import {
  constants,
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type SecureServerOptions,
  type ServerHttp2Session,
} from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { createTokenManager, type Provider } from "@tokenflow/core";
import { request } from "undici";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { type RunningProxy, startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const STREAM = { "content-type": "text/event-stream" };
const POST = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}";
const trusted = getCACertificates("default");
let folder = "";

/** A CA for this file, and a certificate of it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tokenflow-http2-"));
  const openssl = (...args: string[]): void =>
    void execFileSync("openssl", ["req", "-x509", ...args], { cwd: folder, stdio: "ignore" });
  const fresh = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"];
  openssl(...fresh, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=throw-away");
  const name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  openssl(...fresh, "-CA", "ca.pem", "-CAkey", "ca.key", "-keyout", "key.pem", "-out", "cert.pem", ...name);
  setDefaultCACertificates([...trusted, await readFile(join(folder, "ca.pem"), "utf8")]);
});

afterAll(async () => {
  setDefaultCACertificates(trusted);
  await rm(folder, { recursive: true, force: true });
});

interface Http2Upstream extends AsyncDisposable {
  readonly proxy: RunningProxy;
  readonly sessions: readonly ServerHttp2Session[];
}

/** An upstream that speaks only HTTP/2, and a proxy in front of it. */
async function startHttp2(
  listener: (request: Http2ServerRequest, response: Http2ServerResponse) => void,
  options: SecureServerOptions = {},
): Promise<Http2Upstream> {
  const [key, cert] = await Promise.all(["key.pem", "cert.pem"].map((name) => readFile(join(folder, name))));
  const server = createSecureServer({ ...options, key, cert }, listener);
  const sessions: ServerHttp2Session[] = [];
  server.on("session", (session) => sessions.push(session.on("error", () => undefined)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const url = `https://127.0.0.1:${typeof address === "object" ? address?.port : ""}/api`;
  const plain = await startUpstream((_request, response) => response.end());
  const provider: Provider = {
    ...plain.manager.provider,
    upstream: {
      baseUrl: url,
      address: () => url,
      headers: () => ({ "user-agent": "test/1" }),
      isTokenRejected: ({ status }) => status === 401,
    },
  };
  const manager = createTokenManager({ provider, grant: { secret: "grant" } });
  const proxy = await startProxy({ sessions: [{ manager }] });
  return {
    proxy,
    sessions,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await manager.close();
      await plain[Symbol.asyncDispose]();
      for (const session of sessions) session.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("a stream arrives event by event, with its headers but without HTTP/2's own", async () => {
  let next = (): void => undefined;
  let seen: Http2ServerRequest["headers"] = {};
  await using upstream = await startHttp2((incoming, response) => {
    seen = incoming.headers;
    response.writeHead(200, { ...STREAM, "x-request-id": "abc" });
    response.write("data: 1\n\n");
    next = () => response.end("data: 2\n\n");
  });

  const answer = await request(`${upstream.proxy.url}/v1/chat/completions`, { method: "POST", body: "{}" });
  const parts: string[] = [];
  for await (const part of answer.body) {
    parts.push(String(part));
    next();
  }

  expect(parts).toEqual(["data: 1\n\n", "data: 2\n\n"]);
  expect(answer.headers).toMatchObject({ ...STREAM, "x-request-id": "abc" });
  expect(Object.keys(answer.headers).filter((name) => name.startsWith(":"))).toEqual([]);
  expect(seen).toMatchObject({
    ":path": "/api/chat/completions",
    authorization: "Bearer token-1",
    "user-agent": "test/1",
    "content-length": "2",
  });
});

test("50 streams share a connection, and the failure of one leaves the others", async () => {
  const responses: Http2ServerResponse[] = [];
  const closed: Http2ServerResponse[] = [];
  await using upstream = await startHttp2((_incoming, response) => {
    responses.push(response);
    response.on("close", () => closed.push(response));
    response.writeHead(200, STREAM);
    response.write("data: 1\n\n");
  });
  const callers = Array.from({ length: 50 }, () => rawRequest(upstream.proxy.url, POST));
  await until(() => callers.every(({ text }) => text().includes("data: 1")), "all of them stream");

  callers[7]?.socket.destroy();
  await until(() => closed.length === 1, "the upstream saw the one");
  for (const response of responses) if (!closed.includes(response)) response.end("data: 2\n\n");
  await until(
    () => callers.filter(({ text }) => text().endsWith("data: 2\n\n\r\n0\r\n\r\n")).length === 49,
    "the others ended",
  );

  expect(upstream.sessions).toHaveLength(1);
  for (const { socket } of callers) socket.destroy();
});

test("streams beyond a connection's limit open another one, and none waits", async () => {
  await using upstream = await startHttp2(
    (_incoming, response) => {
      response.writeHead(200, STREAM);
      response.write("data: 1\n\n");
    },
    { settings: { maxConcurrentStreams: 10 } },
  );
  const callers = Array.from({ length: 25 }, () => rawRequest(upstream.proxy.url, POST));

  await until(() => callers.every(({ text }) => text().includes("data: 1")), "all of them stream");

  expect(upstream.sessions.length).toBeGreaterThan(1);
  for (const { socket } of callers) socket.destroy();
});

test.each([
  ["a stream", (response: Http2ServerResponse) => response.stream.close(constants.NGHTTP2_INTERNAL_ERROR)],
  ["the connection", (response: Http2ServerResponse) => response.stream.session?.destroy()],
])("when %s fails the caller gets an error, and the next request is served", async (_what, cut) => {
  let count = 0;
  await using upstream = await startHttp2((_incoming, response) => {
    count += 1;
    if (count > 1) return void response.end("fine");
    response.writeHead(200, STREAM);
    response.write("data: 1\n\n", () => setTimeout(() => cut(response), 20));
  });

  const caller = rawRequest(upstream.proxy.url, POST);
  await caller.over;
  const next = await fetch(`${upstream.proxy.url}/v1/models`);

  expect(caller.text()).toMatch(/data: 1\n\n[^]*event: error\ndata: \{[^]*provider\.unavailable/);
  expect(caller.text()).not.toMatch(/\r\n0\r\n/);
  expect(await next.text()).toBe("fine");
});

test("a rejected token costs one retry", async () => {
  await using upstream = await startHttp2((incoming, response) => {
    if (incoming.headers.authorization === "Bearer token-1") response.writeHead(401).end("expired");
    else response.end("fine");
  });

  expect(await (await fetch(`${upstream.proxy.url}/v1/models`)).text()).toBe("fine");
});

test("a slow reader slows the upstream down, and gets everything afterwards", async () => {
  const size = 32 * 1024 * 1024;
  let sent = 0;
  let isBlocked = false;
  await using upstream = await startHttp2((_incoming, response) => {
    const more = (): void => {
      isBlocked = false;
      while (sent < size) {
        sent += 65_536;
        if (!response.write(Buffer.alloc(65_536, "x"))) {
          isBlocked = true;
          return void response.once("drain", more);
        }
      }
      response.end();
    };
    more();
  });
  const caller = rawRequest(upstream.proxy.url, POST.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
  caller.socket.pause();
  let still = 0;
  let last = -1;
  await until(() => {
    still = isBlocked && sent === last ? still + 1 : 0;
    last = sent;
    return still > 20;
  }, "the upstream was slowed down");
  expect(sent).toBeLessThan(size / 2);

  let received = 0;
  caller.socket.removeAllListeners("data");
  caller.socket.on("data", (text: string) => {
    received += text.length;
  });
  caller.socket.resume();
  await caller.over;
  expect(received).toBeGreaterThan(size);
});
