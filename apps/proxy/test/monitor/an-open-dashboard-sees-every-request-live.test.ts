import type { ServerResponse } from "node:http";
import { createFakeClock } from "@tokenflow/core/testing";
import { createMonitor, type ProxyStatus } from "@tokenflow/proxy/monitor";
import { expect, test } from "vitest";
import { openEvents } from "../fixtures/event-stream.ts";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const keys = [{ name: "laptop", secret: "laptop-secret" }];
const headers = { authorization: "Bearer laptop-secret" };

async function statusOf(url: string): Promise<ProxyStatus> {
  const answer = await fetch(`${url}/api/status`, { headers });
  expect([answer.status, answer.headers.get("cache-control")]).toEqual([200, "no-store"]);
  return (await answer.json()) as ProxyStatus;
}

test("a request is shown when it starts, gets a response, grows and ends", async () => {
  const running: ServerResponse[] = [];
  await using upstream = await startUpstream((_request, response) => running.push(response));
  await using proxy = await startProxy({ sessions: [upstream], keys, monitor: createMonitor() });
  await using events = await openEvents(proxy.url, "laptop-secret");
  const [first] = events.of("status").concat(await events.seen("status", () => true, "the status came"));
  expect(first?.requests).toEqual([]);

  const answer = fetch(`${proxy.url}/v1/models`, { headers });
  const waiting = await events.seen("request", ({ phase }) => phase === "waiting", "it waits");
  expect(waiting).toMatchObject({
    method: "GET",
    route: "/v1/models",
    session: "test/default",
    key: "laptop",
    bytes: 0,
  });
  expect(waiting).not.toHaveProperty("timeToFirstByte");
  await until(() => running.length === 1, "the upstream got the request");
  running[0]?.writeHead(200).write("beginning");
  await events.seen(
    "request",
    ({ phase, bytes }) => phase === "answering" && bytes === 0,
    "its head is here",
  );
  await events.seen("request", ({ phase, bytes }) => phase === "answering" && bytes > 9, "it grew");
  expect((await statusOf(proxy.url)).requests).toMatchObject([{ id: waiting.id, phase: "answering" }]);
  running[0]?.end("end");
  await (await answer).text();

  const end = await events.seen("request", ({ phase }) => phase === "ended", "it ended");
  expect(end).toMatchObject({ id: waiting.id, status: 200, outcome: "finished" });
  expect(end.timeToFirstByte).toBeLessThanOrEqual(end.duration);
  const minute = await events.seen("minute", ({ requests }) => requests === 1, "it was counted");
  expect(minute).toMatchObject({ errors: 0, bytes: end.bytes });
  expect((await statusOf(proxy.url)).requests).toEqual([end]);
});

test("the status has the URL, the sessions, the queue and the setup lines", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  const limits = { concurrency: 7 };
  await using proxy = await startProxy({ sessions: [upstream], keys, limits, monitor: createMonitor() });
  await (await fetch(`${proxy.url}/v1/models`, { headers })).text();

  const status = await statusOf(proxy.url);

  expect(status).toMatchObject({
    url: proxy.url,
    requiresKey: true,
    closing: false,
    queue: { running: 0, waiting: 0, concurrency: 7 },
    sessions: [
      {
        id: "test/default",
        name: "Test Service",
        state: "valid",
        text: "Given by the environment",
        changeable: false,
        expiresAt: expect.any(Number),
      },
    ],
  });
  expect(status.setup.find(({ client }) => client === "curl")?.text).toBe(
    `curl ${proxy.url}/v1/models -H "Authorization: Bearer $TOKENFLOW_PROXY_KEY"`,
  );
});

test("the last hour and the last requests have a fixed size, and the oldest are dropped", async () => {
  const clock = createFakeClock();
  await using upstream = await startUpstream((request, response) => {
    response.writeHead(request.headers["openai-beta"] === "bad" ? 500 : 200).end("{}");
  });
  await using proxy = await startProxy({
    sessions: [upstream],
    keys,
    clock,
    monitor: createMonitor({ clock }),
  });
  const ask = async (name: string): Promise<void> => {
    await (await fetch(`${proxy.url}/v1/models`, { headers: { ...headers, "openai-beta": name } })).text();
    await until(() => proxy.queue().running === 0, "it has ended");
  };

  await ask("bad");
  await clock.advance(59 * 60_000);
  for (let count = 0; count < 105; count += 1) await ask("fine");
  const busy = await statusOf(proxy.url);
  expect(busy.minutes).toMatchObject([
    { requests: 1, errors: 1 },
    { requests: 105, errors: 0, p50: 1, p95: 1 },
  ]);
  expect(busy.requests).toHaveLength(100);

  await clock.advance(60_000);
  expect((await statusOf(proxy.url)).minutes).toMatchObject([{ requests: 105 }]);
  await clock.advance(60 * 60_000);
  expect((await statusOf(proxy.url)).minutes).toEqual([]);
});

test("a client that does not read is disconnected, and one beyond the limit gets an error", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], monitor: createMonitor() });
  const streams = Array.from({ length: 32 }, () =>
    rawRequest(proxy.url, "GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  );
  await until(() => streams.every(({ text }) => text().includes("event: status")), "all streams are open");

  const late = await fetch(`${proxy.url}/api/events`);
  expect([late.status, late.headers.get("retry-after")]).toEqual([429, "5"]);
  streams[0]?.socket.destroy();
  await until(() => streams[0]?.socket.destroyed === true, "one left");
  let next = await fetch(`${proxy.url}/api/events`);
  for (; next.status === 429; next = await fetch(`${proxy.url}/api/events`)) await next.text();
  expect(next.status).toBe(200);
  await next.body?.cancel();
});

test("closing ends the streams, so that they do not keep the proxy open", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({
    sessions: [upstream],
    shutdownTimeout: 60_000,
    monitor: createMonitor(),
  });
  await using events = await openEvents(proxy.url);

  await proxy.proxy.close();

  await events.over;
});

test.each([
  ["/api/status", "POST"],
  ["/metrics", "POST"],
  ["/api/sign-in", "GET"],
])("%s rejects %s", async (path, method) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], monitor: createMonitor() });

  expect((await fetch(proxy.url + path, { method })).status).toBe(405);
});

test("without a monitor there is no status, and with one there is none without the key", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using blind = await startProxy({ sessions: [upstream], keys });
  await using seeing = await startProxy({ sessions: [upstream], keys, monitor: createMonitor() });

  for (const path of ["/metrics", "/api/status", "/api/events"]) {
    expect((await fetch(blind.url + path, { headers })).status, path).toBe(404);
    expect((await fetch(seeing.url + path)).status, path).toBe(401);
  }
  for (const path of ["/api/sign-in", "/api/sign-out"]) {
    expect((await fetch(seeing.url + path, { method: "POST", body: "{}" })).status, path).toBe(401);
  }
});
