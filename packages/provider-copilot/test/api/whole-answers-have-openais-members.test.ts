import { createFakeClock } from "@tokenflow/core/testing";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";

const NOW = 1_800_000_000_000;
const { upstream } = createCopilotProvider({ clock: createFakeClock(NOW) });
const OK = { status: 200, headers: new Headers({ "content-type": "application/json" }) };

function repair(path: string, text: string, request: object = {}): string {
  const body = upstream?.repairAnswer?.({ path, headers: {}, json: () => ({ ...request }) })?.(OK)?.body;
  return body?.(text) ?? expect.unreachable("there is no repair");
}

test("a chat answer gets object and created, and the rest keeps its text", () => {
  const rest = '"choices" : [ {"n":1.50} ],"id":"x"';
  const added = `"object":"chat.completion","created":${NOW / 1000},`;
  expect(repair("/chat/completions", ` {${rest}}`)).toBe(` {${added}${rest}}`);
  expect(repair("/chat/completions", `{"created":7,${rest}}`)).toBe(
    `{"object":"chat.completion","created":7,${rest}}`,
  );
});

test.each([
  '{"object":"chat.completion","created":1,"choices":[]}',
  '{"error":{"message":"x"}}',
  '{"choices":',
  "[]",
  "",
  "text",
])("%s passes", (text) => {
  expect(repair("/chat/completions", text)).toBe(text);
});

test("calls in a second choice move to the first one, which says that there are some", () => {
  const call = { id: "a", type: "function", function: { name: "f", arguments: "{}" } };
  const said = { finish_reason: "tool_calls", message: { role: "assistant", content: "I look." } };
  const called = { finish_reason: "tool_calls", message: { role: "assistant", tool_calls: [call] } };
  for (const more of [{}, { object: "chat.completion", created: 1 }]) {
    const answer = JSON.parse(
      repair("/chat/completions", JSON.stringify({ ...more, choices: [said, called], id: "x" })),
    );
    expect(answer).toMatchObject({ id: "x", object: "chat.completion" });
    expect(answer.choices).toEqual([{ ...said, message: { ...said.message, tool_calls: [call] } }]);
  }
});

test("several answers stay several", () => {
  const call = { id: "a", type: "function", function: { name: "f", arguments: "{}" } };
  const choices = [
    { index: 0, finish_reason: "stop", message: { content: "No." } },
    { index: 1, finish_reason: "tool_calls", message: { tool_calls: [call] } },
  ];
  const text = JSON.stringify({ object: "chat.completion", created: 1, choices });
  expect(repair("/chat/completions", text)).toBe(text);
});

test("numbers become base64 where base64 was asked for", () => {
  const vector = [0.25, -0.5, 0.75, 1];
  const answer = { data: [{ index: 0, embedding: vector }], usage: { total_tokens: 1 } };
  const text = repair("/embeddings", JSON.stringify(answer), { model: "m", encoding_format: "base64" });
  const { data, ...rest } = JSON.parse(text);
  expect(rest).toEqual({ object: "list", model: "m", usage: { total_tokens: 1 } });
  expect(data).toEqual([{ object: "embedding", index: 0, embedding: expect.any(String) }]);
  const bytes = Uint8Array.from(Buffer.from(data[0].embedding, "base64"));
  expect([...new Float32Array(bytes.buffer)]).toEqual(vector);
});

test("a long vector is encoded whole", () => {
  const embedding = Array.from({ length: 30_000 }, (_, index) => index / 4);
  const text = repair("/embeddings", JSON.stringify({ data: [{ embedding }] }), {
    encoding_format: "base64",
  });
  const bytes = Uint8Array.from(Buffer.from(JSON.parse(text).data[0].embedding, "base64"));
  expect([...new Float32Array(bytes.buffer)]).toEqual(embedding);
});

test("numbers stay numbers where numbers were asked for, and keep their text", () => {
  const rest = '"data":[{"embedding":[0.10, 2e-3]}]';
  for (const request of [{}, { encoding_format: "float" }]) {
    expect(repair("/embeddings", `{${rest}}`, request)).toBe(`{"object":"list",${rest}}`);
  }
});

test.each([
  '{"object":"list","model":"x","data":[{"object":"embedding","embedding":"AACAPg==","index":0}]}',
  '{"object":"list","model":"x","data":[{"embedding":[1,"2"]}]}',
  '{"error":{}}',
  '{"data":"x"}',
  "text",
])("%s passes, also where base64 was asked for", (text) => {
  expect(repair("/embeddings", text, { model: "m", encoding_format: "base64" })).toBe(text);
});
