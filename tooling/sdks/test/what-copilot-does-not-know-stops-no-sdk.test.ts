import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { openWay } from "./support/ways.ts";

describe.each(["createFetch", "the proxy"] as const)("through %s", (name) => {
  test("Anthropic's SDK gets an answer with a dated model, an unknown beta and unknown members", async () => {
    await using way = await openWay(name);
    const anthropic = new Anthropic({ ...way.anthropic, maxRetries: 0 });
    const ask = async (): Promise<number> => {
      const stream = anthropic.beta.messages.stream({
        model: "claude-sonnet-4-5-20250929",
        max_tokens: 100,
        messages: [{ role: "user", content: "Hello" }],
        betas: ["context-1m-2025-08-07"],
        context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
        tools: [{ name: "look", input_schema: { type: "object" }, eager_input_streaming: true }],
      });
      expect((await stream.finalMessage()).content.length).toBeGreaterThan(0);
      const calls = way.simulator.journal.filter(({ kind }) => kind === "messages");
      return calls.length;
    };
    const first = await ask();
    // The API refuses the editor first.
    expect(first).toBe(1 + (name === "createFetch" ? 5 : 4));
    expect((await ask()) - first).toBe(1);
  });

  test("OpenAI's SDK finds a dated model", async () => {
    await using way = await openWay(name);
    const openai = new OpenAI({ ...way.openai, maxRetries: 0 });
    const answer = await openai.chat.completions.create({
      model: "gpt-4.1-2025-04-14",
      messages: [{ role: "user", content: "Hello" }],
    });
    expect(answer.choices).toHaveLength(1);
    const { object, created } = answer;
    expect([object, created]).toEqual(["chat.completion", expect.any(Number)]);
  });

  test("OpenAI's SDK may limit a model that has max_tokens under another name", async () => {
    await using way = await openWay(name);
    const openai = new OpenAI({ ...way.openai, maxRetries: 0 });
    const ask = {
      model: "gpt-5-mini",
      max_tokens: 50,
      messages: [{ role: "user" as const, content: "Hello" }],
    };
    for (let time = 0; time < 2; time += 1) {
      expect((await openai.chat.completions.create(ask)).choices).toHaveLength(1);
    }
    const calls = way.simulator.journal.filter(({ kind }) => kind === "chat");
    // The API refuses the editor first.
    expect(calls.map(({ status }) => status)).toEqual([400, 400, 200, 200]);
  });

  test.each(["gpt-4.1", "claude-sonnet-4.5"])("each chunk of %s says what it is", async (model) => {
    await using way = await openWay(name);
    const openai = new OpenAI({ ...way.openai, maxRetries: 0 });
    const messages = [{ role: "user" as const, content: "Hello" }];
    const objects = new Set<string>();
    for await (const chunk of await openai.chat.completions.create({ model, messages, stream: true })) {
      objects.add(chunk.object);
      expect(chunk.created).toEqual(expect.any(Number));
    }
    expect([...objects]).toEqual(["chat.completion.chunk"]);
  });
});
