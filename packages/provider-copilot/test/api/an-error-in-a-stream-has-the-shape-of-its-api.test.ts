import { createEventStreamRepair } from "@tokenflow/core/provider";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { expect, test } from "vitest";

const { upstream } = createCopilotProvider();
const OK = { status: 200, headers: new Headers({ "content-type": "text/event-stream" }) };

interface RepairedEvent {
  readonly event?: string;
  readonly data: string;
}

/** Repairs one event of a stream at a path. */
function repair(path: string, event: object): RepairedEvent[] {
  return upstream
    ?.repairAnswer?.({ path, headers: {} })?.(OK)
    ?.event?.(JSON.stringify(event)) as RepairedEvent[];
}

const own = { error: { message: "Slow down.", code: "user_model_rate_limited" } };

test("of Messages it has a name and Anthropic's type", () => {
  const errorOf = (event: object): unknown => {
    const [repaired] = repair("/v1/messages", event);
    expect(repaired?.event).toBe("error");
    return JSON.parse(repaired?.data ?? "");
  };
  expect(errorOf(own)).toEqual({
    type: "error",
    error: { type: "rate_limit_error", message: "Slow down.", code: "user_model_rate_limited" },
  });
  expect(errorOf({ error: { message: "Busy.", code: "model_overloaded" } })).toMatchObject({
    error: { type: "overloaded_error" },
  });
  expect(errorOf({ error: "It broke." })).toEqual({
    type: "error",
    error: { type: "api_error", message: "It broke." },
  });
});

test.each([own, own.error])("of Responses it is in the places where its clients look: %j", (event) => {
  const [repaired] = repair("/responses", event);
  expect(repaired?.event).toBe("error");
  expect(JSON.parse(repaired?.data ?? "")).toEqual({
    type: "error",
    sequence_number: 0,
    code: "user_model_rate_limited",
    message: "Slow down.",
    param: null,
    error: { type: "server_error", code: "user_model_rate_limited", message: "Slow down.", param: null },
  });
});

test("of chat it is in the member where OpenAI's clients look, also behind chunks that lack nothing", () => {
  const { event, isDone, only } =
    upstream?.repairAnswer?.({ path: "/chat/completions", headers: {} })?.(OK) ?? {};
  if (!event) throw new Error("Chat streams have a repair");
  const stream = createEventStreamRepair(event, { isDone, only });
  const pass = (data: object): unknown => {
    const bytes = stream.write(new TextEncoder().encode(`data: ${JSON.stringify(data)}\n\n`));
    return JSON.parse(new TextDecoder().decode(bytes).slice("data: ".length));
  };
  const chunk = {
    object: "chat.completion.chunk",
    created: 1,
    choices: [{ index: 0, delta: { content: '"message"' } }],
  };
  const failed = { error: { ...own.error, type: "server_error", param: null } };
  expect([pass(own.error), pass(chunk), pass(own.error), pass(own)]).toEqual([failed, chunk, failed, own]);
});

test.each([
  ["/v1/messages", { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }],
  [
    "/v1/messages",
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: '{"error":1}' } },
  ],
  ["/responses", { type: "error", code: "x", message: "m", sequence_number: 3 }],
  ["/responses", { type: "response.created", response: { id: "1", error: null } }],
  ["/chat/completions", own],
])("at %s %j stays as it is", (path, event) => {
  expect(repair(path, event)).toBe(JSON.stringify(event));
});
