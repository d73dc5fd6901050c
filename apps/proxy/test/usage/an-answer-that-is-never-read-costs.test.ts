import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { AnsweredCall } from "@tokenflow/proxy";
import { createUsage } from "@tokenflow/proxy/usage";
import { expect, test } from "vitest";
import { ANSWERED_CALL } from "../fixtures/answered-call.ts";
import { startProxy, startUpstream, until } from "../fixtures/upstream.ts";

const long = JSON.stringify({ model: "m", stream: true, messages: [{ content: "word ".repeat(1_000) }] });
const owner = { key: ANSWERED_CALL.key, session: ANSWERED_CALL.session };
const lost: AnsweredCall = {
  ...ANSWERED_CALL,
  isComplete: false,
  inputTokens: undefined,
  outputTokens: undefined,
  credits: undefined,
};

test.each([
  ["leaves its streams", undefined],
  ["leaves its streams, and sends compressed bodies", "gzip"],
])("a caller that %s uses its budget up", async (_what, encoding) => {
  await using upstream = await startUpstream((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('data: {"choices":[]}\n\n');
  });
  let recorded = 0;
  using usage = createUsage({ budgets: [{ tokens: 2_000, per: "run" }] });
  const counted = {
    ...usage,
    record(call: AnsweredCall) {
      recorded += 1;
      return usage.record(call);
    },
  };
  await using proxy = await startProxy({ sessions: [upstream], usage: counted });
  const ask = async (): Promise<number> => {
    const leave = new AbortController();
    const answer = await fetch(`${proxy.url}/v1/chat/completions`, {
      method: "POST",
      body: encoding ? gzipSync(long) : long,
      headers: encoding ? { "content-encoding": encoding } : {},
      signal: leave.signal,
    });
    leave.abort();
    return answer.status;
  };
  for (const calls of [1, 2]) {
    expect(await ask()).toBe(200);
    await until(() => recorded === calls, "the call is counted");
  }
  expect(await ask()).toBe(429);
});

test("a long call that broke off costs more than the short ones before it, at their price", () => {
  using usage = createUsage({ budgets: [{ credits: 10, per: "run" }] });
  // 20 tokens for 0.01 credits.
  void usage.record({ ...ANSWERED_CALL, inputTokens: 10, outputTokens: 10, credits: 0.01 });
  void usage.record({ ...lost, requestBytes: 80_000 });
  expect(() => usage.require(owner)).toThrow("10.01 of 10 credits");
});

test("a model that never told its price takes that of its session", () => {
  using usage = createUsage({ budgets: [{ credits: 3, per: "run" }] });
  void usage.record({ ...ANSWERED_CALL, credits: 2 });
  void usage.record({ ...lost, model: "another" });
  expect(() => usage.require(owner)).toThrow("4 of 3 credits");
});

test("the means of the last run are those of the next one", () => {
  const folder = mkdtempSync(join(tmpdir(), "usage-"));
  const path = join(folder, "usage.db");
  try {
    createUsage({ path })[Symbol.dispose]();
    {
      using first = createUsage({ path });
      void first.record({ ...ANSWERED_CALL, credits: 5 });
    }
    using next = createUsage({ path, budgets: [{ credits: 4, per: "run" }] });
    void next.record(lost);
    expect(() => next.require(owner)).toThrow("5 of 4 credits");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
