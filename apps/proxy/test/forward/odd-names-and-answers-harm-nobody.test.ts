import { createTokenManager, type Model } from "@tokenflow/core";
import { createCopilotGrant, createCopilotProvider } from "@tokenflow/provider-copilot";
import type { ProxyLogEntry } from "@tokenflow/proxy";
import { expect, test } from "vitest";
import { startProxy, startUpstream } from "../fixtures/upstream.ts";

const copilot = createCopilotProvider().upstream;

interface Options {
  readonly models?: readonly Model[];
  readonly answer?: string;
  readonly status?: number;
}

/** A service with this catalog that answers everything alike, repaired as Copilot's answers are. */
async function start({ models = [], answer = "{}", status = 200 }: Options) {
  const kept = new AsyncDisposableStack();
  const seen: string[] = [];
  const log: ProxyLogEntry[] = [];
  const upstream = kept.use(
    await startUpstream((request, response) => {
      const parts: Buffer[] = [];
      request.on("data", (part: Buffer) => parts.push(part));
      request.on("end", () => {
        seen.push(Buffer.concat(parts).toString());
        response.writeHead(status, { "content-type": "application/json" }).end(answer);
      });
    }),
  );
  const { provider } = upstream.manager;
  const { upstream: api } = provider;
  if (!api || !copilot?.readRefusal || !copilot.repairAnswer) throw new Error("Both have an upstream");
  const { readRefusal, repairAnswer } = copilot;
  const manager = kept.use(
    createTokenManager({
      provider: {
        ...provider,
        upstream: { ...api, readRefusal, repairAnswer, models: async () => models },
      },
      grant: createCopilotGrant("ghu_a"),
    }),
  );
  const proxy = kept.use(await startProxy({ sessions: [{ manager }], log: (entry) => log.push(entry) }));
  return {
    seen,
    log,
    ask: (body: unknown, path = "/v1/chat/completions") =>
      fetch(proxy.url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

test("a model may have any name: it arrives as it is, and no header or log line is made of it", async () => {
  await using world = await start({ models: [{ id: "__proto__" }, { id: "a" }] });
  const names = [
    "a\r\nX-Evil: 1",
    "__proto__",
    "constructor",
    "",
    "../../etc",
    "\u0000",
    "copilot@x/../y",
    "n".repeat(100_000),
  ];
  for (const model of names) {
    const answer = await world.ask({ model, messages: [] });
    expect([answer.status, answer.headers.get("x-evil")]).toEqual([200, null]);
  }
  expect(world.seen.map((text) => JSON.parse(text).model)).toEqual(names);
  for (const entry of world.log) expect(JSON.stringify(entry).length).toBeLessThan(2_000);
});

test.each<[string, readonly Model[]]>([
  ["nothing", []],
  ["a model without endpoints", [{ id: "m" }]],
  ["a model with an empty list of endpoints", [{ id: "m", endpoints: [] }]],
])("a catalog with %s leaves the decision to the service", async (_what, models) => {
  await using world = await start({ models });
  for (const path of ["/v1/chat/completions", "/v1/responses", "/v1/messages"]) {
    expect((await world.ask({ model: "m" }, path)).status).toBe(200);
  }
});

test.each(["{}", "null", "[]", "", "0", '"text"', '{"choices":null}', '{"usage":null,"choices":[]}'])(
  "an answer without usage, or without anything, passes: %s",
  async (answer) => {
    await using world = await start({ answer });
    expect((await world.ask({ model: "m" })).status).toBe(200);
    expect(world.log.filter(({ type }) => type === "failure")).toEqual([]);
  },
);

test.each([
  "null",
  '"text"',
  '{"error":null}',
  '{"error":{"message":{}}}',
  '{"error":{"message":"","type":1}}',
  '{"type":"error"}',
  '{"message":"m","error":{}}',
  "\u0000\u0001",
  '{"error":{"message":"m","type":"t","code":{"a":1}}}',
  '{"errors":[null]}',
])("whatever an error is made of, Anthropic's SDK can read it: %j", async (answer) => {
  await using world = await start({ answer, status: 418 });
  const refused = await world.ask({ model: "m" }, "/v1/messages");
  expect([refused.status, await refused.json()]).toMatchObject([
    418,
    { type: "error", error: { type: expect.any(String), message: expect.stringMatching(/./) } },
  ]);
});

test.each([
  "Extra inputs are not permitted",
  ": Extra inputs are not permitted",
  "unsupported beta header(s): ,,,",
  "model: Extra inputs are not permitted",
  "__proto__: Extra inputs are not permitted",
  "*: Extra inputs are not permitted",
  "x.*: Extra inputs are not permitted",
  `${"a.".repeat(1_000)}b: Extra inputs are not permitted`,
])("a sentence that is nearly a refusal changes nothing: %s", async (message) => {
  await using world = await start({ status: 400, answer: JSON.stringify({ error: { message } }) });
  const body = { model: "m", messages: [{ role: "user", content: "x" }], x: { "*": 1 } };
  expect((await world.ask(body)).status).toBe(400);
  expect(world.seen.map((text) => JSON.parse(text))).toEqual([body]);
});
