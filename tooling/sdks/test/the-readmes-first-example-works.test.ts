import type OpenAI from "openai";
import { expect, test } from "vitest";
import { importExample, readExample } from "./support/example.ts";
import { createScene } from "./support/scene.ts";

test.each(["README.md", "packages/core/README.md"])(
  "%s: an SDK with one argument streams, and continues after its token expires",
  async (document) => {
    await using scene = await createScene();
    const name = document.replace(/\W+/g, "-");
    const example = await importExample(await readExample(document), { name, made: "openai" });
    await example(scene, async ({ openai }: { readonly openai: OpenAI }) => {
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
      await scene.clock.advance(60_000);
      scene.simulator.expireTokens();
      expect(await ask()).toContain("one argument?");
      expect(scene.simulator.counts.exchanges).toBe(2);
    });
  },
);
