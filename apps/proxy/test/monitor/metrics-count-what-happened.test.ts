import { createMonitor } from "@tokenflow/proxy/monitor";
import { expect, test, vi } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

test("requests, retries, redemptions, tokens, first bytes, added latency, bytes and the queue are counted", async () => {
  const monitor = createMonitor();
  let refusals = 1;
  await using upstream = await startUpstream(
    (_request, response) => {
      refusals -= 1;
      if (refusals >= 0) response.writeHead(401).end('{"error":"expired"}');
      else response.end("0123456789");
    },
    { onEvent: monitor.onEvent },
  );
  await using proxy = await startProxy({ sessions: [upstream], monitor, limits: { requestsPerMinute: 2 } });
  for (const path of ["/v1/models", "/v1/models", "/v1/models", "/nothing"]) {
    await (await fetch(proxy.url + path)).text();
  }
  await until(() => proxy.queue().running === 0, "all have ended");

  const answer = await fetch(`${proxy.url}/metrics`);
  const text = await answer.text();

  expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const value = (line: string): number =>
    Number(
      text
        .split("\n")
        .find((one) => one.startsWith(`${line} `))
        ?.split(" ")
        .at(-1),
    );
  const labels = 'method="GET",route="/v1/models",session="test/default"';
  expect(value(`tokenflow_requests_total{${labels},status="200",outcome="finished"}`)).toBe(2);
  expect(value(`tokenflow_requests_total{${labels},status="429",outcome="finished"}`)).toBe(1);
  expect(
    value(
      'tokenflow_requests_total{method="GET",route="other",session="none",status="404",outcome="finished"}',
    ),
  ).toBe(1);
  expect(value('tokenflow_retries_total{session="test/default"}')).toBe(1);
  expect(value('tokenflow_redemptions_total{session="test/default",result="ok"}')).toBe(2);
  expect(value('tokenflow_token_age_seconds{session="test/default"}')).toBeGreaterThanOrEqual(0);
  expect(value('tokenflow_token_expires_in_seconds{session="test/default"}')).toBeGreaterThan(3500);
  expect(value('tokenflow_upstream_first_byte_seconds_count{session="test/default"}')).toBe(3);
  expect(value('tokenflow_added_latency_seconds_count{route="/v1/models"}')).toBe(2);
  expect(value('tokenflow_added_latency_seconds_sum{route="/v1/models"}')).toBeLessThan(5);
  expect(value("tokenflow_queue_wait_seconds_count")).toBe(2);
  expect(value('tokenflow_answer_bytes_total{route="/v1/models"}')).toBeGreaterThan(20);
  expect(value("tokenflow_requests_running")).toBe(0);
  expect(value("tokenflow_queue_waiting")).toBe(0);
  expect(value("tokenflow_open_streams")).toBe(0);
});

test("a failed redemption is counted by its code, and text from callers creates no new series", async () => {
  const monitor = createMonitor();
  const { onEvent } = monitor;
  onEvent({
    type: "refresh.failed",
    at: 0,
    provider: "test",
    account: "default",
    cause: "due",
    code: "provider.unavailable",
    message: "away",
    retryIn: 1,
    phases: { lock: 0, intent: 0, redeem: 0, commit: 0 },
  });
  await using upstream = await startUpstream((_request, response) => response.end("{}"));
  await using proxy = await startProxy({ sessions: [upstream], monitor });
  for (let count = 0; count < 25; count += 1) {
    await (await fetch(`${proxy.url}/path-${count}`)).text();
    // A path that names the session is forwarded, even if it is unknown.
    await (await fetch(`${proxy.url}/test/v1/path-${count}`)).text();
  }
  expect(upstream.requests).toHaveLength(25);

  const text = await (await fetch(`${proxy.url}/metrics`)).text();

  expect(text).toContain(
    'tokenflow_redemptions_total{session="test/default",result="provider.unavailable"} 1',
  );
  expect(text).not.toContain("path-");
});

test("an open response is an open stream", async () => {
  await using upstream = await startUpstream((_request, response) => {
    response.write("beginning");
  });
  await using proxy = await startProxy({ sessions: [upstream], monitor: createMonitor() });
  const answer = await fetch(`${proxy.url}/v1/models`);

  const text = await (await fetch(`${proxy.url}/metrics`)).text();

  expect(text).toMatch(/^tokenflow_open_streams 1$/m);
  expect(text).toMatch(/^tokenflow_requests_running 1$/m);
  await answer.body?.cancel();
});

test.each([
  ["credits", 1500, 1437.5, 62.5],
  ["requests", 300, 287, undefined],
] as const)("an account that pays by %s shows them, and what the answers cost", async (unit, ...amounts) => {
  await using copilot = await startCopilot({ billing: unit });
  await using proxy = await startProxy({ sessions: [copilot], monitor: createMonitor() });
  const answer = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model: "claude-sonnet-4",
      max_tokens: 9,
      messages: [{ role: "user", content: "What does this cost?" }],
    }),
  });
  await answer.text();
  const read = async (name: string): Promise<number | undefined> => {
    const text = await (await fetch(`${proxy.url}/metrics`)).text();
    const labels = `session="copilot/default",quota="premium_interactions",unit="${unit}"`;
    const line = text.split("\n").find((one) => one.startsWith(`${name}{${labels}} `));
    return line === undefined ? undefined : Number(line.split(" ").at(-1));
  };
  // Reading the metrics asks for the quotas.
  await vi.waitUntil(async () => (await read("tokenflow_quota_limit")) !== undefined);

  const names = ["limit", "remaining", "used"].map((name) => `tokenflow_quota_${name}`);
  expect(await Promise.all(names.map(read))).toEqual(amounts);
  expect(await read("tokenflow_quota_overage")).toBe(0);
  const text = await (await fetch(`${proxy.url}/metrics`)).text();
  const cost = Number(/^tokenflow_credits_total\{session="copilot\/default"\} (\S+)$/m.exec(text)?.[1]);
  expect(cost).toBeGreaterThan(0);
  expect(Number(/^tokenflow_quota_reset_timestamp_seconds\S* (\S+)$/m.exec(text)?.[1])).toBeGreaterThan(
    1.7e9,
  );
  // Direct mode asks for the account once. Then it is asked at most every five minutes, however often the metrics are read.
  expect(copilot.simulator.journal.filter(({ kind }) => kind === "usage")).toHaveLength(2);
});
