import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { startProxy } from "../fixtures/upstream.ts";

const NOTE = "<system-reminder>\nbe kind\n</system-reminder>";
const result = { type: "tool_result", tool_use_id: "1", content: "ok" };
const text = (words: string): object => ({ type: "text", text: words });

test.each<[string, string, object, string]>([
  [
    "a tool's result with the client's reminder",
    "messages",
    { role: "user", content: [result, text(NOTE)] },
    "agent",
  ],
  [
    "a tool's result with a person's words",
    "messages",
    { role: "user", content: [result, text("and?")] },
    "user",
  ],
  [
    "a reminder with words after it",
    "messages",
    { role: "user", content: [result, text(`${NOTE} and?`)] },
    "user",
  ],
  ["a compaction", "input", { type: "compaction_trigger" }, "agent"],
  ["a person's words", "input", { role: "user", content: "hi" }, "user"],
])("%s: the service hears whose turn it is", async (_what, member, last, initiator) => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const isMessages = member === "messages";
  await fetch(`${proxy.url}/v1/${isMessages ? "messages" : "responses"}`, {
    method: "POST",
    body: JSON.stringify({
      model: isMessages ? "claude-sonnet-4.5" : "gpt-5-codex",
      max_tokens: 9,
      [member]: [{ role: "user", content: "hello" }, last],
    }),
  });
  expect(copilot.simulator.journal.at(-1)?.headers["x-initiator"]).toBe(initiator);
});

test("a developer's note after a tool's output changes nothing", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const input = [
    { type: "function_call_output", call_id: "1", output: "x" },
    { role: "developer", content: "n" },
  ];
  await fetch(`${proxy.url}/v1/responses`, {
    method: "POST",
    body: JSON.stringify({ model: "gpt-5-codex", input }),
  });
  expect(copilot.simulator.journal.at(-1)?.headers["x-initiator"]).toBe("agent");
});

test("embeddings are base64 if that was asked for", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const response = await fetch(`${proxy.url}/v1/embeddings`, {
    method: "POST",
    body: JSON.stringify({ model: "text-embedding-3-small", input: "a", encoding_format: "base64" }),
  });
  expect(await response.json()).toMatchObject({
    model: "text-embedding-3-small",
    data: [{ embedding: expect.any(String) }],
  });
});
