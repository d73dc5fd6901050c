import type { AnsweredCall } from "@tokenflow/proxy";
import { createUsage } from "@tokenflow/proxy/usage";
import { expect, test } from "vitest";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const TOLD = JSON.stringify({ usage: { prompt_tokens: 50, completion_tokens: 50 } });

async function post(url: string, body: string, signal?: AbortSignal): Promise<number> {
  const answer = await fetch(url, { method: "POST", body, ...(signal ? { signal } : {}) });
  await answer.text();
  return answer.status;
}

test.each([
  "/v1/chat/completions",
  "/v1/embeddings",
  "/test/v1/chat/completions",
  // The upstream's own names for paths, and its models of other kinds.
  "/test/v1/v1/messages",
  "/test/v1/completions",
  "/test/v1/Chat/Completions",
  "/test/v1/responses/compact",
])("POST %s is counted, and refused beyond the budget", async (path) => {
  await using upstream = await startUpstream((_request, response) => response.end(TOLD));
  using usage = createUsage({ budgets: [{ tokens: 100, per: "run" }] });
  await using proxy = await startProxy({ sessions: [upstream], usage });

  expect(await post(proxy.url + path, '{"model":"m"}')).toBe(200);
  expect(await post(proxy.url + path, '{"model":"m"}')).toBe(429);
  expect(upstream.requests.length).toBe(1);
});

test("counting tokens costs nothing, also beyond the budget", async () => {
  await using upstream = await startUpstream((request, response) =>
    response.end(request.url?.endsWith("_tokens") ? '{"input_tokens":7}' : TOLD),
  );
  using usage = createUsage({ budgets: [{ tokens: 150, per: "run" }] });
  await using proxy = await startProxy({ sessions: [upstream], usage });
  const body = '{"model":"m","messages":[]}';

  expect(await post(`${proxy.url}/v1/messages`, body)).toBe(200);
  for (const path of ["/v1/messages/count_tokens", "/test/v1/responses/input_tokens"]) {
    expect(await post(proxy.url + path, body)).toBe(200);
  }
  expect(await post(`${proxy.url}/v1/messages`, body)).toBe(200);
  expect(await post(`${proxy.url}/v1/messages`, body)).toBe(429);
  expect(await post(`${proxy.url}/v1/messages/count_tokens`, body)).toBe(200);
});

test("of a request that may be no model call, what told no figures counts only if it is no JSON or was lost", async () => {
  await using upstream = await startUpstream((request, response) => {
    if (request.url?.endsWith("/lost")) return void request.socket.destroy();
    const type = request.url?.endsWith("/stream") ? "text/event-stream" : "application/json";
    response.writeHead(200, { "content-type": type }).end("{}");
  });
  const calls: AnsweredCall[] = [];
  const usage = { require: () => undefined, record: (call: AnsweredCall) => void calls.push(call) };
  await using proxy = await startProxy({ sessions: [upstream], usage });

  await post(`${proxy.url}/test/v1/responses/r_1/cancel`, "{}");
  await post(`${proxy.url}/test/v1/files`, "no JSON");
  await post(`${proxy.url}/test/v1/images/generations`, '{"model":"named"}');
  await post(`${proxy.url}/test/v1/stream`, "{'model': 'odd'}");
  await post(`${proxy.url}/test/v1/lost`, "no JSON");

  await until(() => calls.length >= 3, "the calls are recorded");
  expect(calls.map(({ model, isComplete }) => [model, isComplete])).toEqual([
    ["named", true],
    [undefined, true],
    [undefined, false],
  ]);
});
