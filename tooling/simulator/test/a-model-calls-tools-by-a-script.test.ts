import { startSimulator } from "@tokenflow/simulator";
import { expect, test } from "vitest";
import { ask, copilotToken } from "./requests.ts";

const script = [
  { tool: "write", input: { text: "a" } },
  { tool: "edit", input: { text: 'b "and" \\ more' } },
];
const tools = ["look", "write", "edit"].map((name) => ({ type: "function", function: { name } }));

test("a model makes the calls of a script one after another, and then answers in words", async () => {
  await using simulator = await startSimulator({ script });
  const token = await copilotToken(simulator);
  const messages: object[] = [{ role: "user", content: "How are you?" }];
  for (const { tool, input } of script) {
    const { json } = await ask(simulator, token, { messages, tools });
    const { message } = (json as { choices: [{ message: { tool_calls: [{ id: string }] } }] }).choices[0];
    expect(message.tool_calls).toEqual([
      {
        id: expect.any(String),
        type: "function",
        function: { name: tool, arguments: JSON.stringify(input) },
      },
    ]);
    messages.push(message, { role: "tool", tool_call_id: message.tool_calls[0].id, content: "done" });
  }
  const { json } = await ask(simulator, token, { messages, tools });
  expect(json).toMatchObject({ choices: [{ finish_reason: "stop" }] });
});

test("a model without the tool of the script answers in words", async () => {
  await using simulator = await startSimulator({ script });
  const token = await copilotToken(simulator);
  const { json } = await ask(simulator, token, { tools: tools.slice(0, 1) });
  expect(json).toMatchObject({ choices: [{ finish_reason: "stop" }] });
});

test("a script is checked", async () => {
  await expect(startSimulator({ script: [{ tool: "write" }] as never })).rejects.toThrow(
    '"script" cannot be',
  );
});
