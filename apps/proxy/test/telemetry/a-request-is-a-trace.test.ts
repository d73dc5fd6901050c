import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { createTelemetry } from "@tokenflow/proxy/telemetry";
import { expect, test } from "vitest";
import { registerTelemetry } from "../fixtures/telemetry.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = "b7ad6b7169203331";
const traceparent = `00-${TRACE}-${PARENT}-01`;
const ANSWER = {
  usage: {
    prompt_tokens: 120,
    prompt_tokens_details: { cached_tokens: 100 },
    completion_tokens: 30,
    completion_tokens_details: { reasoning_tokens: 20 },
    copilot_usage: { total_nano_aiu: 2_500_000_000 },
  },
};

function post(url: string, headers: Record<string, string> = {}, model = "gpt-4.1"): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers,
    body: JSON.stringify({ model, messages: [{ role: "user", content: "secret words" }] }),
  });
}

const find = (spans: readonly ReadableSpan[], kind: SpanKind): ReadableSpan | undefined =>
  spans.find((span) => span.kind === kind);

test("a call is a server span below the caller's, and a client span with the figures of the answer", async () => {
  await using telemetry = registerTelemetry();
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(ANSWER));
  });
  const keys = [{ name: "laptop", secret: "a-secret-key" }];
  await using proxy = await startProxy({ sessions: [upstream], keys, telemetry: createTelemetry() });
  await (await post(proxy.url, { traceparent, authorization: "Bearer a-secret-key" })).text();
  await until(() => telemetry.spans().length === 2, "both spans have ended");
  const server = find(telemetry.spans(), SpanKind.SERVER);
  const client = find(telemetry.spans(), SpanKind.CLIENT);

  expect(server?.name).toBe("POST /v1/chat/completions");
  expect(server?.spanContext().traceId).toBe(TRACE);
  expect(server?.parentSpanContext?.spanId).toBe(PARENT);
  expect(server?.attributes).toEqual({
    "http.request.method": "POST",
    "http.route": "/v1/chat/completions",
    "http.response.status_code": 200,
    "tokenflow.key": "laptop",
    "tokenflow.outcome": "finished",
    "tokenflow.session": "test/default",
  });
  expect(client?.name).toBe("chat gpt-4.1");
  expect(client?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
  expect(client?.attributes).toEqual({
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "test",
    "gen_ai.request.model": "gpt-4.1",
    "gen_ai.request.stream": false,
    "gen_ai.usage.input_tokens": 120,
    "gen_ai.usage.cache_read.input_tokens": 100,
    "gen_ai.usage.output_tokens": 30,
    "gen_ai.usage.reasoning.output_tokens": 20,
    "http.response.status_code": 200,
    "tokenflow.credits": 2.5,
  });
  // The context goes to the upstream only when that is asked for.
  expect(upstream.requests[0]?.headers).not.toHaveProperty("traceparent");
  const told = telemetry.spans().map(({ name, attributes, events }) => [name, attributes, events]);
  expect(JSON.stringify(told)).not.toMatch(/secret|token-1/);

  const metrics = await telemetry.metrics();
  const points = metrics.flatMap(({ descriptor, dataPoints }) =>
    dataPoints.map(({ attributes, value }) => [descriptor.name, descriptor.unit, attributes, value] as const),
  );
  const attributes = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "test",
    "gen_ai.request.model": "gpt-4.1",
  };
  const sum = (value: number) => expect.objectContaining({ count: 1, sum: value });
  expect(points).toEqual([
    ["gen_ai.client.token.usage", "{token}", { ...attributes, "gen_ai.token.type": "input" }, sum(120)],
    ["gen_ai.client.token.usage", "{token}", { ...attributes, "gen_ai.token.type": "output" }, sum(30)],
    ["gen_ai.client.operation.duration", "s", attributes, sum(expect.any(Number) as unknown as number)],
  ]);
});

test("if the upstream gets the trace, its spans belong below the call's, and the caller's baggage stays here", async () => {
  await using telemetry = registerTelemetry();
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({
    sessions: [upstream],
    telemetry: createTelemetry(),
    traceUpstream: true,
  });
  await (await post(proxy.url, { traceparent, tracestate: "a=b", baggage: "user=me" })).text();
  await until(() => telemetry.spans().length === 2, "both spans have ended");
  const client = find(telemetry.spans(), SpanKind.CLIENT);
  expect(upstream.requests[0]?.headers).toMatchObject({
    traceparent: `00-${TRACE}-${client?.spanContext().spanId}-01`,
    tracestate: "a=b",
  });
  expect(upstream.requests[0]?.headers).not.toHaveProperty("baggage");
});

test("without spans the caller's own trace is passed on when that is asked for, and only then", async () => {
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using silent = await startProxy({ sessions: [upstream] });
  await using proxy = await startProxy({ sessions: [upstream], traceUpstream: true });
  await (await post(silent.url, { traceparent, tracestate: "a=b" })).text();
  await (await post(proxy.url, { traceparent, tracestate: "a=b" })).text();
  await (await post(proxy.url)).text();
  const traces = upstream.requests.map(({ headers }) => [headers["traceparent"], headers["tracestate"]]);
  expect(traces).toEqual([
    [undefined, undefined],
    [traceparent, "a=b"],
    [undefined, undefined],
  ]);
});

test("a token that was rejected is one call that was sent twice, and its refresh belongs to the request", async () => {
  await using telemetry = registerTelemetry();
  const { onEvent, ...traced } = createTelemetry();
  await using upstream = await startUpstream(
    ({ headers }, response) => {
      if (headers.authorization === "Bearer token-1") response.writeHead(401).end("expired");
      else response.end("{}");
    },
    { onEvent },
  );
  await using proxy = await startProxy({ sessions: [upstream], telemetry: traced });
  await (await post(proxy.url)).text();
  const spans = telemetry.spans;
  await until(() => find(spans(), SpanKind.SERVER) !== undefined, "the request has ended");
  const server = find(spans(), SpanKind.SERVER)?.spanContext().spanId;
  expect(spans().filter(({ kind }) => kind === SpanKind.CLIENT)).toHaveLength(1);
  expect(find(spans(), SpanKind.CLIENT)?.attributes).toMatchObject({ "http.request.resend_count": 1 });
  const refreshes = spans().filter(({ name }) => name === "tokenflow.refresh");
  expect(refreshes.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([server, server]);
  expect(refreshes.map(({ attributes }) => attributes["tokenflow.refresh.cause"])).toEqual([
    "absent",
    "rejected",
  ]);
});

test.each([
  [
    "the upstream's error",
    404,
    '{"error":{"code":"model_not_found"}}',
    "model_not_found",
    SpanStatusCode.UNSET,
  ],
  ["the upstream's fault", 500, "{}", "500", SpanStatusCode.ERROR],
])("%s is the type of the call's error", async (_name, status, body, errorType, serverStatus) => {
  await using telemetry = registerTelemetry();
  await using upstream = await startUpstream((_request, response) => response.writeHead(status).end(body));
  await using proxy = await startProxy({ sessions: [upstream], telemetry: createTelemetry() });
  await (await post(proxy.url, {}, "a name that is no model")).text();
  await until(() => telemetry.spans().length === 2, "both spans have ended");
  const client = find(telemetry.spans(), SpanKind.CLIENT);
  expect(client?.attributes["error.type"]).toBe(errorType);
  expect(client?.status.code).toBe(SpanStatusCode.ERROR);
  expect(find(telemetry.spans(), SpanKind.SERVER)?.status.code).toBe(serverStatus);
  // A name that no upstream knows makes no series, and an error has no tokens.
  const metrics = await telemetry.metrics();
  expect(metrics.flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes))).toEqual([
    { "error.type": errorType, "gen_ai.operation.name": "chat", "gen_ai.provider.name": "test" },
  ]);
});

test("a caller that leaves and an answer that is cut have their own types of error, and count no tokens", async () => {
  await using telemetry = registerTelemetry();
  await using upstream = await startUpstream((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`data: ${JSON.stringify(ANSWER)}\n\n`);
    if (request.headers["openai-beta"] === "cut") setImmediate(() => response.destroy());
  });
  await using proxy = await startProxy({ sessions: [upstream], telemetry: createTelemetry() });
  await (await post(proxy.url, { "openai-beta": "cut" })).text().catch(() => undefined);
  const left = await post(proxy.url);
  await left.body?.cancel();
  await until(() => telemetry.spans().length === 4, "all spans have ended");
  const types = telemetry
    .spans()
    .filter(({ kind }) => kind === SpanKind.CLIENT)
    .map(({ attributes }) => attributes["error.type"]);
  expect(types).toEqual(["provider.unavailable", "caller_disconnected"]);
  const metrics = await telemetry.metrics();
  expect(metrics.map(({ descriptor }) => descriptor.name)).toEqual(["gen_ai.client.operation.duration"]);
});

test("health checks and other paths than models' are no model calls", async () => {
  await using telemetry = registerTelemetry();
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], telemetry: createTelemetry() });
  for (const path of ["/livez", "/v1/models", "/test/v1/other"]) await (await fetch(proxy.url + path)).text();
  await until(() => telemetry.spans().length === 2, "both spans have ended");
  expect(telemetry.spans().map(({ name, kind }) => [name, kind])).toEqual([
    ["GET /v1/models", SpanKind.SERVER],
    ["GET /v1/*", SpanKind.SERVER],
  ]);
});
