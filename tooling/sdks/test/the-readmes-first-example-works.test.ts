import type OpenAI from "openai";
import { expect, test } from "vitest";
import { importExample, readExample } from "./support/example.ts";
import { createScenario } from "./support/scenario.ts";

test.each(["README.md", "packages/core/README.md"])(
  "%s: an SDK with one argument streams, and continues after its token expires",
  async (document) => {
    await using scenario = await createScenario();
    const name = document.replace(/\W+/g, "-");
    const example = await importExample(await readExample(document), { name, made: "openai" });
    await example(scenario, async ({ openai }: { readonly openai: OpenAI }) => {
      const ask = async (): Promise<string> => {
        const stream = await openai.chat.completions.create({
          model: "gpt-4.1",
          stream: true,
          messages: [{ role: "user", content: "one argument?" }],
        });
        let answer = "";
        for await (const chunk of stream) answer += chunk.choices[0]?.delta.content ?? "";
        return answer;
      };
      expect(await ask()).toContain("one argument?");
      await scenario.clock.advance(60_000);
      scenario.simulator.expireTokens();
      expect(await ask()).toContain("one argument?");
      expect(scenario.simulator.counts.exchanges).toBe(2);
    });
  },
);
