import { type Dialect, formatEvent, translateRequest } from "@tokenflow/dialects";
import { describe, expect, test } from "vitest";
import { dataOf, findFault, STREAMS } from "../support/streams.ts";

const DIALECTS: readonly Dialect[] = ["chat", "responses", "messages"];
const pairs = DIALECTS.flatMap((from) =>
  DIALECTS.filter((to) => to !== from).map((to) => [from, to] as const),
);

function streamOf(from: Dialect, to: Dialect): ReturnType<ReturnType<typeof translateRequest>["stream"]> {
  const question = [{ role: "user", content: "Look." }];
  const body = {
    model: "some-model",
    stream: true,
    ...(from === "responses" ? { input: question } : { messages: question }),
    ...(from === "chat" ? { stream_options: { include_usage: true } } : {}),
    ...(from === "messages" ? { max_tokens: 100 } : {}),
  };
  return translateRequest(body, { from, to, now: () => 1_700_000_000_000 }).stream();
}

describe.each(pairs)("a stream of %s's caller, whose model is served as %s", (from, to) => {
  test("is the golden one", async () => {
    const stream = streamOf(from, to);
    const events = [...STREAMS[to].flatMap((event) => stream.event(dataOf(event))), ...stream.end()];
    expect(findFault(from, events)).toBeUndefined();
    await expect(events.map(formatEvent).join("")).toMatchFileSnapshot(`golden/${to}-to-${from}.txt`);
  });

  test("holds no event back: each delta is passed on before the next one comes", () => {
    const stream = streamOf(from, to);
    for (const event of STREAMS[to]) {
      const passed = stream
        .event(dataOf(event))
        .map(({ data }) => data)
        .join("");
      const text = JSON.stringify(event);
      for (const word of ["Let me ", "see.", "I look ", "twice: 🌍."]) {
        if (text.includes(word) && text.includes("delta")) expect(passed, text).toContain(word);
      }
    }
  });
});

test("an event in the middle of a stream that failed is an error in the caller's dialect", () => {
  const begun = streamOf("responses", "messages");
  begun.event(dataOf(STREAMS.messages[0] ?? {}));
  const [failed] = begun.event('{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}');
  expect(JSON.parse(failed?.data ?? "")).toMatchObject({
    type: "response.failed",
    response: { status: "failed", error: { code: "overloaded_error", message: "Overloaded" } },
  });
  const messages = streamOf("messages", "responses");
  expect(
    messages.event(
      '{"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded","message":"Slow down"}}}',
    ),
  ).toEqual([
    {
      event: "error",
      data: '{"type":"error","error":{"type":"rate_limit_error","message":"Slow down","code":"rate_limit_exceeded"}}',
    },
  ]);
  const [chat] = streamOf("chat", "messages").event(
    '{"type":"error","error":{"type":"api_error","message":"Broken"}}',
  );
  expect(JSON.parse(chat?.data ?? "")).toEqual({
    error: { message: "Broken", type: "api_error", code: null, param: null },
  });
});

test.each([
  '{"error":{"message":"Slow down.","code":"rate_limited"}}',
  '{"error":"Slow down."}',
  '{"message":"Slow down.","code":"rate_limited"}',
])("an error without a type is one, too: %s", (data) => {
  for (const [from, to] of pairs) {
    const stream = streamOf(from, to);
    const events = [...stream.event(data), ...(to === "chat" ? stream.event("[DONE]") : []), ...stream.end()];
    expect(findFault(from, events), `${from} from ${to}`).toBeUndefined();
    expect(events.at(-1)?.data).toContain("Slow down.");
  }
});

test.each(['{"type":"error","error":"Slow down."}', '{"type":"error","message":"Slow down."}'])(
  "an error keeps its words wherever they are: %s",
  (data) => {
    for (const to of ["messages", "responses"] as const)
      expect(streamOf("chat", to).event(data).at(-1)?.data, to).toContain("Slow down.");
  },
);

test.each(['{"error":null}', '{"error":null,"copilot_usage":{}}'])("%s is no error", (data) => {
  for (const [from, to] of pairs) expect(streamOf(from, to).event(data)).toEqual([]);
});

test("a stream that ends without its end is an error, not an answer", () => {
  for (const [from, to] of pairs) {
    const stream = streamOf(from, to);
    const events = [
      ...STREAMS[to].slice(0, 5).flatMap((event) => stream.event(dataOf(event))),
      ...stream.end(),
    ];
    expect(findFault(from, events)).toBeUndefined();
    expect(events.at(-1)?.data).toContain("incomplete_stream");
  }
});

test("a chat stream without its last line is a whole answer", () => {
  for (const from of ["responses", "messages"] as const) {
    const stream = streamOf(from, "chat");
    const events = [
      ...STREAMS.chat.slice(0, -1).flatMap((event) => stream.event(dataOf(event))),
      ...stream.end(),
    ];
    expect(findFault(from, events)).toBeUndefined();
    expect(events.at(-1)?.data).not.toContain('error":{');
  }
});
