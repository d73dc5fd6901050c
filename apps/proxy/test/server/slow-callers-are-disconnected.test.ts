import { expect, test } from "vitest";
import { rawRequest } from "../fixtures/raw-request.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const POST = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\r\n";

test.each([
  ["a head that never ends", "GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Slow:"],
  ["a body that never ends", `${POST}{`],
])("%s, sent byte by byte, ends the connection", async (_what, beginning) => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], headersTimeout: 100, requestTimeout: 150 });
  const caller = rawRequest(proxy.url, beginning);
  const drip = setInterval(() => caller.socket.write("x"), 10);

  await caller.over;

  clearInterval(drip);
  caller.socket.destroy();
  expect(caller.text()).toMatch(/^(?:HTTP\/1\.1 408 |$)/);
  expect(upstream.requests).toEqual([]);
});

test("a response may take longer than the request timeout", async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.write("first, ");
    setTimeout(() => response.end("last"), 700);
  });
  await using proxy = await startProxy({ sessions: [upstream], headersTimeout: 300, requestTimeout: 300 });

  expect(await (await fetch(`${proxy.url}/v1/models`)).text()).toBe("first, last");
});

test("headers over the limit are an error, headers within it are served", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], headerLimit: 2048 });

  const caller = rawRequest(
    proxy.url,
    `GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Long: ${"x".repeat(3000)}\r\n\r\n`,
  );
  await until(() => caller.text().includes("\r\n\r\n"), "it was answered");

  expect(caller.text()).toMatch(/^HTTP\/1\.1 431 /);
  caller.socket.destroy();
  const fits = await fetch(`${proxy.url}/v1/models`, { headers: { "x-long": "x".repeat(1500) } });
  expect(fits.status).toBe(200);
});
