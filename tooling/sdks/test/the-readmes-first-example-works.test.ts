import type OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { importExample, readExample } from "./support/example.ts";
import { createScenario } from "./support/scenario.ts";

async function ask(openai: OpenAI): Promise<string> {
  const stream = await openai.chat.completions.create({
    model: "gpt-4.1",
    stream: true,
    messages: [{ role: "user", content: "one argument?" }],
  });
  let answer = "";
  for await (const chunk of stream) answer += chunk.choices[0]?.delta.content ?? "";
  return answer;
}

describe.each(["README.md", "packages/core/README.md"])("%s", async (document) => {
  const name = document.replace(/\W+/g, "-");
  const example = await importExample(await readExample(document), { name, made: "openai" });

  test("an SDK with one argument streams, and continues after its token expires", async () => {
    await using scenario = await createScenario({ unknownEditors: true });
    await example(scenario, async ({ openai }: { readonly openai: OpenAI }) => {
      expect(await ask(openai)).toContain("one argument?");
      await scenario.clock.advance(60_000);
      scenario.simulator.expireTokens();
      expect(await ask(openai)).toContain("one argument?");
      expect(scenario.simulator.counts.exchanges).toBe(2);
    });
  });

  test("an SDK with one argument streams although the API refuses the editor", async () => {
    await using scenario = await createScenario();
    await example(scenario, async ({ openai }: { readonly openai: OpenAI }) => {
      expect(await ask(openai)).toContain("one argument?");
      const calls = scenario.simulator.journal.filter(({ kind }) => kind === "chat");
      expect(calls.map(({ status }) => status)).toEqual([400, 200]);
    });
  });
});
