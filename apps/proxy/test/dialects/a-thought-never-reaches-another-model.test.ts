import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { startProxy } from "../fixtures/upstream.ts";

const MARK = "tokenflow-reasoning";
const tools = [{ name: "look", input_schema: { type: "object" } }];
type Block = Readonly<Record<string, unknown>>;

test("a tool turn that one model began is gone on with by another, on paths with and without a translation", async () => {
  await using copilot = await startCopilot({ keepBodies: true });
  await using proxy = await startProxy({ sessions: [copilot] });
  const ask = async (model: string, messages: readonly object[]): Promise<readonly Block[]> => {
    const thinking = { type: "enabled", budget_tokens: 2_000 };
    const response = await fetch(`${proxy.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, max_tokens: 4_000, messages, tools, thinking }),
    });
    const { content } = (await response.json()) as { content?: readonly Block[] };
    expect(response.status, JSON.stringify(content)).toBe(200);
    return content ?? [];
  };
  const sent = (): string => copilot.simulator.journal.at(-1)?.body ?? "";

  const question = { role: "user", content: "Look!" };
  for (const first of ["gpt-5-codex", "claude-sonnet-4.5"]) {
    const content = await ask(first, [question]);
    const use = content.find(({ type }) => type === "tool_use");
    expect(content.some(({ type }) => type === "thinking" || type === "redacted_thinking")).toBe(true);
    const result = {
      role: "user",
      content: [{ type: "tool_result", tool_use_id: use?.["id"], content: "A door." }],
    };
    for (const next of ["gpt-5-codex", "gpt-5-mini", "claude-sonnet-4.5"]) {
      await ask(next, [question, { role: "assistant", content }, result]);
      expect(sent(), `${first} to ${next}`).not.toContain(MARK);
      expect(sent()).toContain("A door.");
      const isOwn = first === next;
      const thoughts = /"type":"(?:reasoning|thinking|redacted_thinking)"/.test(sent());
      expect(thoughts, `${first} to ${next}`).toBe(isOwn);
    }
  }
});

test("a body without such thoughts passes byte for byte", async () => {
  await using copilot = await startCopilot({ keepBodies: true });
  await using proxy = await startProxy({ sessions: [copilot] });
  const body = `{ "model": "claude-sonnet-4.5", "max_tokens": 9,\n "messages": [ {"role":"user","content":"?"} ] }`;
  await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  expect(copilot.simulator.journal.at(-1)?.body).toBe(body);
});
