import { estimateTokens, loadTokenizer, roughTokens } from "@tokenflow/dialects";
import { expect, test } from "vitest";

const request = {
  model: "m",
  system: "Be brief.",
  messages: [
    {
      role: "user",
      content: [{ type: "text", text: "How many words are in this sentence, and who counts them?" }],
    },
  ],
};

test("an estimate is near the count of a tokenizer, and without one it is rough", async () => {
  const count = await loadTokenizer();
  const exact = estimateTokens(request, count);
  expect(exact).toBeGreaterThan(15);
  expect(exact).toBeLessThan(40);
  expect(Math.abs(estimateTokens(request, roughTokens) - exact)).toBeLessThan(10);
});

test("bytes of pictures and seals are no words", async () => {
  const data = "A".repeat(1_000_000);
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data } };
  const thought = { type: "thinking", thinking: "Hm.", signature: data };
  const messages = [
    { role: "user", content: [image] },
    { role: "assistant", content: [thought] },
  ];
  expect(estimateTokens({ ...request, messages }, await loadTokenizer())).toBeLessThan(1_200);
});

test("words of a tokenizer's own are counted like others", async () => {
  expect((await loadTokenizer())("<|endoftext|>")).toBeGreaterThan(0);
});
