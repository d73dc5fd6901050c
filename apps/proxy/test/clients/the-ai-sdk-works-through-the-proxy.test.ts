import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, streamText } from "ai";
import { expect, test } from "vitest";
import { startCopilot } from "../fixtures/copilot.ts";
import { failureOf } from "../fixtures/requests.ts";
import { startProxy } from "../fixtures/upstream.ts";

test("it reads a complete response and a stream", async () => {
  await using copilot = await startCopilot();
  await using proxy = await startProxy({ sessions: [copilot] });
  const model = createOpenAICompatible({ name: "tokenflow", baseURL: `${proxy.url}/v1` }).chatModel(
    "gpt-4.1",
  );

  const whole = await generateText({ model, prompt: "Are you there?" });
  const stream = streamText({ model, prompt: "Are you there?" });
  let pieces = 0;
  let text = "";
  for await (const piece of stream.textStream) {
    pieces += 1;
    text += piece;
  }

  expect(whole.text).toContain("Are you there?");
  expect(text).toBe(whole.text);
  expect(pieces).toBeGreaterThan(5);
});

test("it prints what to do when nobody is signed in", async () => {
  await using copilot = await startCopilot({ signedIn: false });
  await using proxy = await startProxy({ sessions: [copilot] });
  const model = createOpenAICompatible({ name: "tokenflow", baseURL: `${proxy.url}/v1` }).chatModel(
    "gpt-4.1",
  );

  const failure = await failureOf(generateText({ model, prompt: "Are you there?", maxRetries: 0 }));

  expect(APICallError.isInstance(failure)).toBe(true);
  expect(String(failure)).toMatch(/Not signed in to GitHub Copilot\. Open http\S+ and enter/);
});
