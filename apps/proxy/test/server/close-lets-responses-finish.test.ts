import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const GET = "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n";

test("a running response finishes; idle and new connections do not keep the proxy open", async () => {
  const running: ServerResponse[] = [];
  await using upstream = await startUpstream((_request, response) => {
    running.push(response.writeHead(200));
    response.write("first, ");
  });
  await using proxy = await startProxy({ sessions: [upstream] });
  const { hostname, port } = new URL(proxy.url);
  const idle = connect(Number(port), hostname);
  await once(idle, "connect");
  const caller = rawRequest(proxy.url, GET);
  await until(() => caller.text().includes("first"), "the response began");

  const closed = proxy.proxy.close();

  await expect(fetch(`${proxy.url}/livez`)).rejects.toThrow("fetch failed");
  running[0]?.end("last");
  await closed;
  await caller.over;
  expect(caller.text()).toMatch(/first, [^]*last\r\n0\r\n\r\n$/);
});

test("a connection without a request does not keep the proxy open", async () => {
  await using upstream = await startUpstream((_request, response) => response.end());
  await using proxy = await startProxy({ sessions: [upstream], shutdownTimeout: 60_000 });
  const { hostname, port } = new URL(proxy.url);
  const idle = connect(Number(port), hostname);
  await once(idle, "connect");
  await (await fetch(`${proxy.url}/livez`)).arrayBuffer();

  await proxy.proxy.close();
});

test("a request during the shutdown gets a typed 503", async () => {
  const running: ServerResponse[] = [];
  await using upstream = await startUpstream((_request, response) => running.push(response));
  await using proxy = await startProxy({ sessions: [upstream] });
  const caller = rawRequest(proxy.url, GET);
  await until(() => running.length === 1, "the upstream got the request");
  const late = rawRequest(proxy.url, GET.slice(0, 20));
  await once(late.socket, "connect");

  const closed = proxy.proxy.close();
  late.socket.write(GET.slice(20));
  await late.over;
  running[0]?.end("fine");
  await closed;
  await caller.over;

  expect(late.text()).toMatch(/^HTTP\/1\.1 503 [^]*retry-after: 1[^]*"code":"proxy\.closing"/);
  expect(caller.text()).toMatch(/^HTTP\/1\.1 200 OK[^]*fine/);
  expect(running).toHaveLength(1);
});

test.each([
  ["the timeout has passed", 50, 1],
  ["close() is called a second time", 60_000, 2],
])("an unfinished response is closed when %s", async (_name, shutdownTimeout, calls) => {
  let gone = false;
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(200).write("first");
    response.on("close", () => {
      gone = true;
    });
  });
  await using proxy = await startProxy({ sessions: [upstream], shutdownTimeout });
  const caller = rawRequest(proxy.url, GET);
  await until(() => caller.text().includes("first"), "the response began");

  await Promise.all(Array.from({ length: calls }, () => proxy.proxy.close()));

  await caller.over;
  expect(caller.text()).not.toMatch(/\r\n0\r\n\r\n$/);
  await until(() => gone, "the upstream saw the abort");
});

test("a proxy that never listened can be closed", async () => {
  await using upstream = await startUpstream((_request, response) => response.end());
  const { createProxy } = await import("@tokenflow/proxy");

  await createProxy({ sessions: [upstream] }).close();
});
