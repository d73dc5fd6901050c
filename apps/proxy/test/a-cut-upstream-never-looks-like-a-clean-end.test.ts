import { createTokenManager } from "@tokenflow/core";
import { createHyperProvider } from "@tokenflow/provider-hyper";
import type { ProxyLogEntry } from "@tokenflow/proxy";
import { expect, test } from "vitest";
import { rawRequest } from "./fixtures/raw-request.ts";
import { type RunningProxy, startProxy, startUpstream, type Upstream, until } from "./fixtures/upstream.ts";

async function startCut(headers: Record<string, string>): Promise<Upstream> {
  return startUpstream((_request, response) => {
    response.writeHead(200, headers);
    response.write("data: 1\n\n", () => setTimeout(() => response.destroy(), 20));
  });
}

function ask(proxy: RunningProxy, version: string): ReturnType<typeof rawRequest> {
  return rawRequest(proxy.url, `GET /v1/models HTTP/${version}\r\nHost: localhost\r\n\r\n`);
}

test("a stream has its bytes, but not its last chunk", async () => {
  await using upstream = await startCut({ "content-type": "text/event-stream" });
  const log: ProxyLogEntry[] = [];
  await using proxy = await startProxy({ sessions: [upstream], log: (entry) => log.push(entry) });

  const caller = ask(proxy, "1.1");
  await caller.over;

  expect(caller.text()).toContain("data: 1\n\n");
  expect(caller.text()).not.toMatch(/\r\n0\r\n/);
  await until(() => log.length === 1, "it was logged");
  expect(log[0]).toMatchObject({
    type: "request",
    status: 200,
    outcome: "cut",
    code: "provider.unavailable",
  });
});

test("a whole answer is shorter than it said", async () => {
  await using upstream = await startCut({ "content-length": "1000" });
  await using proxy = await startProxy({ sessions: [upstream] });

  const caller = ask(proxy, "1.1");
  await caller.over;

  expect(caller.text()).toMatch(/content-length: 1000/);
  expect(caller.text()).toMatch(/data: 1\n\n$/);
});

test("for HTTP/1.0, where the end of the connection is the end of the answer, it is a reset", async () => {
  await using upstream = await startCut({ "content-type": "text/event-stream" });
  await using proxy = await startProxy({ sessions: [upstream] });

  expect(await ask(proxy, "1.0").over).toBe("reset");
});

test("an upstream that ends before its headers is 503, and can be asked again at once", async () => {
  let broken = true;
  await using upstream = await startUpstream((_request, response) => {
    if (broken) response.destroy();
    else response.end("fine");
  });
  await using proxy = await startProxy({ sessions: [upstream] });

  const cut = await fetch(`${proxy.url}/v1/models`);
  broken = false;
  const whole = await fetch(`${proxy.url}/v1/models`);

  expect(cut.status).toBe(503);
  expect(cut.headers.get("retry-after")).toBe("5");
  expect(await cut.json()).toMatchObject({
    error: { code: "provider.unavailable", message: expect.stringContaining(new URL(upstream.url).host) },
  });
  expect(await whole.text()).toBe("fine");
});

test("an upstream that is not there is 503, and says which", async () => {
  const provider = createHyperProvider({ url: "http://127.0.0.1:1" });
  const manager = createTokenManager({ provider, staticToken: "given" });
  await using proxy = await startProxy({ sessions: [{ manager }] });

  const answer = await fetch(`${proxy.url}/v1/models`);

  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({
    error: { message: "No answer from 127.0.0.1:1 (ECONNREFUSED). Check the network, then try again." },
  });
});
