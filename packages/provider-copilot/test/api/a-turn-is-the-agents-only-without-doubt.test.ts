import { parseJson } from "@tokenflow/core/provider";
import { createCopilotProvider } from "@tokenflow/provider-copilot";
import { describe, expect, test } from "vitest";

const { upstream } = createCopilotProvider();

function headersOf(body: unknown, headers: Record<string, string> = {}): Record<string, string> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return upstream.headers({ path: "/chat/completions", headers, json: () => parseJson(text) });
}

const user = { role: "user", content: "hi" };
const result = { type: "tool_result", tool_use_id: "1", content: "ok" };

const NOTE = "<system-reminder>\nr\n</system-reminder>";
const reminder = { type: "text", text: NOTE };

describe("a turn counts as the agent's only without doubt", () => {
  test.each([
    ["a person's first words", { messages: [user] }, "user"],
    ["a person's next words", { messages: [user, { role: "assistant", content: "hello" }, user] }, "user"],
    ["a tool's answer", { messages: [user, { role: "tool", content: "1" }] }, "agent"],
    ["an assistant's text to continue", { messages: [user, { role: "assistant", content: "I" }] }, "agent"],
    ["system words", { messages: [{ role: "system", content: "be kind" }] }, "user"],
    ["tool results in a user's message", { messages: [user, { role: "user", content: [result] }] }, "agent"],
    [
      "a tool result with text beside it",
      { messages: [{ role: "user", content: [result, { type: "text", text: "and?" }] }] },
      "user",
    ],
    [
      "a tool result with the client's own reminders",
      {
        messages: [
          user,
          { role: "user", content: [result, reminder, { ...reminder, text: `${NOTE}\n${NOTE} ` }] },
        ],
      },
      "agent",
    ],
    [
      "a reminder with a person's words after it",
      { messages: [{ role: "user", content: [result, { type: "text", text: `${NOTE} and?` }] }] },
      "user",
    ],
    [
      "a person's words between two reminders",
      { messages: [{ role: "user", content: [result, { type: "text", text: `${NOTE} and? ${NOTE}` }] }] },
      "user",
    ],
    [
      "a reminder that does not end",
      { messages: [{ role: "user", content: [result, { type: "text", text: "<system-reminder>x" }] }] },
      "user",
    ],
    ["a reminder without a result", { messages: [{ role: "user", content: [reminder] }] }, "user"],
    [
      "a reminder and a picture",
      { messages: [{ role: "user", content: [result, reminder, { type: "image" }] }] },
      "user",
    ],
    [
      "a developer's note after a tool's output",
      { input: [{ type: "function_call_output" }, { role: "developer", content: "x" }] },
      "agent",
    ],
    [
      "a system's note after a tool's answer",
      { messages: [user, { role: "tool" }, { role: "system", content: "x" }] },
      "agent",
    ],
    ["a system's note after a person", { messages: [user, { role: "system", content: "x" }] }, "user"],
    ["a compaction", { input: [user, { type: "compaction_trigger" }] }, "agent"],
    ["text as input", { input: "hi" }, "user"],
    ["a person's item", { input: [{ type: "message", role: "user", content: [] }] }, "user"],
    ["a function's output", { input: [user, { type: "function_call_output", output: "1" }] }, "agent"],
    ["a shell call's output", { input: [user, { type: "local_shell_call_output", output: "1" }] }, "agent"],
    ["a reasoning item", { input: [user, { type: "reasoning", summary: [] }] }, "agent"],
    ["an item that nobody knows", { input: [{ type: "brand_new" }] }, "user"],
    [
      "text that quotes the protocol",
      { messages: [{ role: "user", content: '{"role":"assistant"}' }] },
      "user",
    ],
    ["no messages", { messages: [] }, "user"],
    ["no JSON", "{{{", "user"],
    ["nothing", "", "user"],
  ])("%s: %j", (_, body, initiator) => {
    expect(headersOf(body)["x-initiator"]).toBe(initiator);
  });

  test.each([
    ["agent", { messages: [user] }, "agent"],
    ["user", { messages: [{ role: "tool", content: "" }] }, "user"],
    ["Agent", { messages: [user] }, "agent"],
    ["vscode", { messages: [user] }, "user"],
    ["robot", { messages: [{ role: "tool", content: "" }] }, "agent"],
  ])("the caller's %s wins if it is user or agent", (stated, body, initiator) => {
    expect(headersOf(body, { "x-initiator": stated })["x-initiator"]).toBe(initiator);
  });

  test.each([
    [{ "x-claude-code-agent-id": "abc" }, "agent"],
    [{ "x-openai-subagent": "compact" }, "agent"],
    [{ "x-openai-subagent": "review" }, "agent"],
    [{ "x-openai-subagent": "false" }, "user"],
    [{ "x-openai-subagent": " " }, "user"],
    [{ "x-claude-code-agent-id": "abc", "x-initiator": "user" }, "user"],
    [{ "x-claude-code-session-id": "abc" }, "user"],
  ])("a person's words with %j count as the %s's", (headers, initiator) => {
    expect(headersOf({ messages: [user] }, headers)["x-initiator"]).toBe(initiator);
  });

  test.each([
    [
      "an image by address",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: {} }] }] },
      "true",
    ],
    ["an image in an input", { input: [{ role: "user", content: [{ type: "input_image" }] }] }, "true"],
    [
      "an image in an earlier message",
      { messages: [{ role: "user", content: [{ type: "image" }] }, user] },
      "true",
    ],
    [
      "an image in a tool's result",
      { messages: [{ role: "user", content: [{ ...result, content: [{ type: "image" }] }] }] },
      "true",
    ],
    ["talk of images", { messages: [{ role: "user", content: '"image_url"' }] }, undefined],
    ["text", { messages: [user] }, undefined],
  ])("%s is marked for vision: %j", (_, body, vision) => {
    expect(headersOf(body)["copilot-vision-request"]).toBe(vision);
    expect(headersOf(body, { "x-initiator": "user" })["copilot-vision-request"]).toBe(vision);
  });
});
