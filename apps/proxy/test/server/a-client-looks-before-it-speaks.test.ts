import { once } from "node:events";
import { request } from "node:http";
import type { ProxyLogEntry } from "@tokenflow/proxy";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

test.each([
  ["HEAD", "/"],
  ["HEAD", "/api/hello"],
  ["GET", "/api/hello"],
])("%s %s is answered without a key and without a line in the log", async (method, path) => {
  const log: ProxyLogEntry[] = [];
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({
    sessions: [upstream],
    keys: [{ name: "a", secret: "k".repeat(32) }],
    log: (entry) => log.push(entry),
  });
  const answered = await fetch(proxy.url + path, { method });
  expect([answered.status, await answered.text()]).toEqual([200, ""]);
  expect(log).toEqual([]);
  expect(upstream.requests).toEqual([]);
});

test("a WebSocket is refused with 426, and the same connection serves HTTP", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream] });
  const asked = request(`${proxy.url}/v1/responses`, {
    headers: {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    },
  });
  asked.end();
  const [answered] = await once(asked, "response");
  answered.resume();
  expect([answered.statusCode, answered.headers["upgrade"], answered.headers["x-should-retry"]]).toEqual([
    426,
    "HTTP/1.1",
    "false",
  ]);
  expect(upstream.requests).toEqual([]);
});
