import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { startProxy } from "../fixtures/upstream.ts";

const WORDS = {
  "x-interaction-id": "0196f3a2-7c1e-7d2b-9a8f-1c2d3e4f5a6b",
  "x-interaction-type": "conversation-agent",
  "x-agent-task-id": "task-7",
  "openai-intent": "conversation-edits",
  "x-github-api-version": "2026-08-01",
};

const body = JSON.stringify({ model: "gpt-4.1", messages: [{ role: "user", content: "hi" }] });

test("the caller's own interaction, task, intent and version of the API cross, its other headers do not", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const ask = async (headers: Record<string, string>): Promise<Readonly<Record<string, string>>> => {
    const response = await fetch(`${proxy.url}/v1/chat/completions`, { method: "POST", body, headers });
    expect(response.status).toBe(200);
    return copilot.simulator.journal.findLast(({ kind }) => kind === "chat")?.headers ?? {};
  };
  const sent = await ask({ ...WORDS, "x-agent-name": "ada", "x-session-id": "of the caller" });
  expect(sent).toMatchObject(WORDS);
  expect(Object.keys(sent)).not.toContain("x-agent-name");
  expect(Object.keys(sent)).not.toContain("x-session-id");

  // An empty id is none, and what the caller does not say is not made up.
  const { "x-interaction-id": id, ...silent } = await ask({ "x-interaction-id": " " });
  expect(id).toMatch(/^[\da-f-]{36}$/);
  expect(id).not.toBe(WORDS["x-interaction-id"]);
  for (const name of Object.keys(WORDS)) expect(silent).not.toHaveProperty(name);
});
