import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { generateText, jsonSchema, type LanguageModel, Output } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parameters, SDKS, thoughtOf } from "./support/sdks.ts";
import { openWay, type Way } from "./support/ways.ts";

/** The models of the simulated services that no path of the dialect serves: Claude, Responses alone, and Hyper's. */
const FOREIGN = {
  chat: ["gpt-5-codex", "claude-opus-4.7"],
  responses: ["claude-sonnet-4.5", "claude-opus-4.7", "hyper/kimi-k2.5"],
  messages: ["gpt-4.1", "gpt-5-mini", "gpt-5-codex"],
} as const;

const PICTURE =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

let way: Way;
beforeAll(async () => {
  way = await openWay("the proxy");
  way.simulator.settings.opusAndHaiku = true;
  way.simulator.settings.callsEveryTool = true;
  const { baseURL } = way.openai;
  const count = JSON.stringify({ model: "gpt-4.1", messages: [] });
  const headers = { "content-type": "application/json" };
  // A busy machine may need longer for the catalog than a request waits.
  while (
    (await fetch(`${baseURL}/messages/count_tokens`, { method: "POST", body: count, headers })).status !== 200
  );
});
afterAll(() => way[Symbol.asyncDispose]());

const cases = Object.entries(SDKS).flatMap(([name, sdk]) =>
  FOREIGN[sdk.dialect].map((model) => ({ name, model, sdk })),
);

describe.each(cases)("$name with $model", ({ model, sdk }) => {
  const { listen } = sdk;

  test("streams text, and the thought before it", async () => {
    const { text, reasoning } = await listen(way, { model, text: "Are you there?", withTool: false });
    expect(text).toContain('You said: "Are you there?".');
    expect(reasoning).toBe(thoughtOf(sdk, model));
  });

  test("streams a tool call with its arguments", async () => {
    const question = { model, text: "Look there!", withTool: true };
    expect((await listen(way, question)).tool).toEqual({ question: "Look there!" });
  });
});

/** Holds a conversation of ten turns, in each of which the model calls a tool and gets its result. */
const TURNS = 10;

describe("a session of ten tool turns", () => {
  const openai = (): OpenAI => new OpenAI({ ...way.openai, maxRetries: 0 });

  test.each(FOREIGN.chat)("openai, Chat Completions, with %s", async (model) => {
    const tools = ["look", "listen"].map((name) => ({
      type: "function" as const,
      function: { name, parameters },
    }));
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "system", content: "Be brief." }];
    const ask = async (): Promise<OpenAI.ChatCompletionMessage> => {
      const { choices } = await openai().chat.completions.create({ model, messages, tools });
      const message = choices[0]?.message;
      if (!message) throw new Error("no choice");
      messages.push(message);
      return message;
    };
    for (let turn = 0; turn < TURNS; turn += 1) {
      messages.push({ role: "user", content: `Turn ${turn}` });
      const { tool_calls: calls = [] } = await ask();
      expect(calls.map((call) => call.type === "function" && call.function.name)).toEqual(["look", "listen"]);
      for (const { id } of calls)
        messages.push({ role: "tool", tool_call_id: id, content: `Result ${turn}` });
      expect((await ask()).content).toContain("You said");
    }
  });

  test.each(FOREIGN.responses)("openai, Responses, with %s", async (model) => {
    const tools = ["look", "listen"].map((name) => ({
      type: "function" as const,
      name,
      strict: false,
      parameters,
    }));
    const input: OpenAI.Responses.ResponseInputItem[] = [];
    const ask = async (): Promise<OpenAI.Responses.Response> => {
      const reasoning = { effort: "medium", summary: "auto" } as const;
      const response = await openai().responses.create({ model, input, tools, reasoning, store: false });
      input.push(...(response.output as OpenAI.Responses.ResponseInputItem[]));
      return response;
    };
    for (let turn = 0; turn < TURNS; turn += 1) {
      input.push({ role: "user", content: `Turn ${turn}` });
      const calls = (await ask()).output.filter((item) => item.type === "function_call");
      expect(calls.map(({ name }) => name)).toEqual(["look", "listen"]);
      for (const { call_id } of calls)
        input.push({ type: "function_call_output", call_id, output: `Result ${turn}` });
      expect((await ask()).output_text).toContain("You said");
    }
  });

  test.each(FOREIGN.messages)("@anthropic-ai/sdk with %s", async (model) => {
    const { baseURL, fetch } = way.anthropic;
    const anthropic = new Anthropic({ baseURL, fetch, apiKey: "unused", maxRetries: 0 });
    const tools = ["look", "listen"].map((name) => ({ name, input_schema: parameters }));
    const messages: Anthropic.MessageParam[] = [];
    const ask = async (): Promise<readonly Anthropic.ContentBlock[]> => {
      const thinking = { type: "enabled", budget_tokens: 1_024 } as const;
      const { content } = await anthropic.messages
        .stream({ model, max_tokens: 4_000, messages, tools, thinking })
        .finalMessage();
      messages.push({ role: "assistant", content });
      return content;
    };
    for (let turn = 0; turn < TURNS; turn += 1) {
      messages.push({ role: "user", content: `Turn ${turn}` });
      const uses = (await ask()).filter((block) => block.type === "tool_use");
      expect(uses.map(({ name }) => name)).toEqual(["look", "listen"]);
      messages.push({
        role: "user",
        content: uses.map(({ id }) => ({
          type: "tool_result" as const,
          tool_use_id: id,
          content: `Result ${turn}`,
        })),
      });
      expect(JSON.stringify(await ask())).toContain("You said");
    }
  });

  test.each([...FOREIGN.responses, "gpt-5-codex"])(
    "openai, Responses, begun by gpt-5-codex and gone on in the middle of a tool turn by %s",
    async (model) => {
      const tools = ["look", "listen"].map((name) => ({
        type: "function" as const,
        name,
        strict: false,
        parameters,
      }));
      const ask = (
        asked: string,
        input: OpenAI.Responses.ResponseInput,
      ): Promise<OpenAI.Responses.Response> =>
        openai().responses.create({
          model: asked,
          input,
          tools,
          store: false,
          include: ["reasoning.encrypted_content"],
        });
      for (const [first, second] of [
        ["gpt-5-codex", model],
        [model, "gpt-5-codex"],
      ] as const) {
        const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "Look!" }];
        const { output } = await ask(first, input);
        input.push(...(output as OpenAI.Responses.ResponseInput));
        for (const item of output) {
          if (item.type === "function_call")
            input.push({ type: "function_call_output", call_id: item.call_id, output: "A door." });
        }
        expect((await ask(second, input)).output_text).toContain("You said");
      }
    },
  );
});

describe("ai", () => {
  const models: readonly (readonly [string, string, () => LanguageModel])[] = [
    ...FOREIGN.chat.map((id) => ["Chat Completions", id, () => createOpenAI(way.openai).chat(id)] as const),
    ...FOREIGN.responses.map((id) => ["Responses", id, () => createOpenAI(way.openai)(id)] as const),
    ...FOREIGN.messages.map(
      (id) =>
        [
          "Messages",
          id,
          () => createAnthropic({ ...way.anthropic, baseURL: `${way.anthropic.baseURL}/v1` })(id),
        ] as const,
    ),
  ];
  const providerOptions = { openai: { store: false } };

  test.each(models)("gets a structured answer in %s from %s", async (_dialect, _id, model) => {
    const { output } = await generateText({
      model: model(),
      prompt: "Are you there?",
      maxRetries: 0,
      providerOptions,
      output: Output.object({ schema: jsonSchema<{ question: string }>(parameters) }),
    });
    expect(output).toEqual({ question: "Are you there?" });
  });

  test.each(models)("shows a picture in %s to %s", async (_dialect, _id, model) => {
    const { text } = await generateText({
      model: model(),
      maxRetries: 0,
      providerOptions,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "What is it?" },
            { type: "file", data: PICTURE, mediaType: "image/png" },
          ],
        },
      ],
    });
    expect(text).toContain("What is it?");
  });
});

test.each(cases)("$name stops $model when it is aborted", async ({ sdk: { dialect }, model }) => {
  const { settings, counts } = way.simulator;
  settings.chunkDelay = 50;
  const abort = new AbortController();
  const question = [{ role: "user", content: "Tell me." }];
  const path = { chat: "chat/completions", responses: "responses", messages: "messages" }[dialect];
  const response = await fetch(`${way.openai.baseURL}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      model,
      stream: true,
      ...(dialect === "responses" ? { input: question } : { messages: question }),
      ...(dialect === "messages" ? { max_tokens: 100 } : {}),
    }),
    signal: abort.signal,
  });
  const { value } = (await response.body?.getReader().read()) ?? {};
  expect(value?.length).toBeGreaterThan(0);
  const before = counts.aborted;
  abort.abort();
  await expect.poll(() => counts.aborted).toBe(before + 1);
  settings.chunkDelay = 0;
});
