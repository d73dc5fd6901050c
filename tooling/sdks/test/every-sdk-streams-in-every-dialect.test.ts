import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { ChatAnthropic } from "@langchain/anthropic";
import type { BaseMessageChunk } from "@langchain/core/messages";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { isStepCount, jsonSchema, type LanguageModel, streamText, tool } from "ai";
import * as ai6 from "ai-6";
import { createOpenAI as createOpenAI3 } from "ai-sdk-openai-3";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWay, type Way } from "./support/ways.ts";

/** What an SDK made of a stream. */
interface Heard {
  text: string;
  reasoning: string;
  /** The arguments of the tool that was called, as the SDK gives them. */
  tool: unknown;
}

type Listen = (way: Way, question: string, withTool: boolean) => Promise<Heard>;

const RESPONSES = "gpt-5-codex";
const CHAT = "gpt-4.1";
const MESSAGES = "claude-sonnet-4.5";
const parameters = {
  type: "object" as const,
  properties: { question: { type: "string" as const } },
  required: ["question"],
  additionalProperties: false,
};
const silence = (): Heard => ({ text: "", reasoning: "", tool: undefined });

const withAi = (model: (way: Way) => LanguageModel, providerOptions: object = {}): Listen => {
  return async (way, prompt, withTool) => {
    const heard = silence();
    const look = tool({
      description: "Looks.",
      inputSchema: jsonSchema<{ question: string }>(parameters),
      execute: (input) => {
        heard.tool = input;
        return "Nothing there.";
      },
    });
    const { stream } = streamText({
      model: model(way),
      prompt,
      maxRetries: 0,
      providerOptions: { ...providerOptions },
      ...(withTool ? { tools: { look }, stopWhen: isStepCount(2) } : {}),
      onError: () => undefined,
    });
    for await (const part of stream) {
      if (part.type === "error") throw part.error;
      if (part.type === "text-delta") heard.text += part.text;
      if (part.type === "reasoning-delta") heard.reasoning += part.text;
    }
    return heard;
  };
};

/** The version before, which many programs have. It looks up each delta by the id of its item. */
const withAi6: Listen = async (way, prompt, withTool) => {
  const heard = silence();
  const look = ai6.tool({
    description: "Looks.",
    inputSchema: ai6.jsonSchema<{ question: string }>(parameters),
    execute: (input) => {
      heard.tool = input;
      return "Nothing there.";
    },
  });
  const { fullStream } = ai6.streamText({
    model: createOpenAI3(way.openai)(RESPONSES),
    prompt,
    maxRetries: 0,
    providerOptions: { openai: { reasoningSummary: "auto", store: false } },
    ...(withTool ? { tools: { look }, stopWhen: ai6.stepCountIs(2) } : {}),
    onError: () => undefined,
  });
  for await (const part of fullStream) {
    if (part.type === "error") throw part.error;
    if (part.type === "text-delta") heard.text += part.text;
    if (part.type === "reasoning-delta") heard.reasoning += part.text;
  }
  return heard;
};

const withLangchain = (model: (way: Way) => ChatOpenAI | ChatAnthropic): Listen => {
  return async (way, question, withTool) => {
    const chat = model(way);
    const look = { name: "look", description: "Looks.", schema: parameters };
    const runnable = withTool ? chat.bindTools([look]) : chat;
    let whole: BaseMessageChunk | undefined;
    const heard = silence();
    for await (const chunk of await runnable.stream(question)) {
      heard.text += chunk.text;
      whole = whole ? whole.concat(chunk) : chunk;
    }
    const { tool_calls: calls, contentBlocks } = Object(whole);
    heard.tool = calls?.[0]?.args;
    for (const block of contentBlocks ?? []) {
      if (block.type === "reasoning") heard.reasoning += block.reasoning;
    }
    return heard;
  };
};

const sdks: Readonly<Record<string, { readonly listen: Listen; readonly thinks: boolean }>> = {
  "openai, Responses": {
    thinks: true,
    async listen(way, input, withTool) {
      const heard = silence();
      const stream = new OpenAI({ ...way.openai, maxRetries: 0 }).responses.stream({
        model: RESPONSES,
        input,
        reasoning: { summary: "auto" },
        ...(withTool ? { tools: [{ type: "function", name: "look", strict: true, parameters }] } : {}),
      });
      let deltas = "";
      for await (const event of stream) {
        if (event.type === "response.output_text.delta") heard.text += event.delta;
        if (event.type === "response.reasoning_summary_text.delta") heard.reasoning += event.delta;
        if (event.type === "response.function_call_arguments.delta") deltas += event.delta;
      }
      const { output } = await stream.finalResponse();
      const call = output.find((item) => item.type === "function_call");
      if (call) {
        heard.tool = JSON.parse(call.arguments);
        expect(deltas).toBe(call.arguments);
      }
      return heard;
    },
  },
  "openai, Chat Completions": {
    thinks: false,
    async listen(way, content, withTool) {
      const stream = new OpenAI({ ...way.openai, maxRetries: 0 }).chat.completions.stream({
        model: CHAT,
        messages: [{ role: "user", content }],
        ...(withTool ? { tools: [{ type: "function", function: { name: "look", parameters } }] } : {}),
      });
      const { message } = (await stream.finalChatCompletion()).choices[0] ?? {};
      const [call] = message?.tool_calls ?? [];
      return {
        text: message?.content ?? "",
        reasoning: "",
        tool: call?.type === "function" ? JSON.parse(call.function.arguments) : undefined,
      };
    },
  },
  "@anthropic-ai/sdk": {
    thinks: true,
    async listen(way, content, withTool) {
      const { baseURL, fetch } = way.anthropic;
      const stream = new Anthropic({ baseURL, fetch, apiKey: "unused", maxRetries: 0 }).messages.stream({
        model: MESSAGES,
        max_tokens: 2_000,
        thinking: { type: "enabled", budget_tokens: 1_024 },
        messages: [{ role: "user", content }],
        ...(withTool ? { tools: [{ name: "look", input_schema: parameters }] } : {}),
      });
      const heard = silence();
      stream.on("text", (delta) => {
        heard.text += delta;
      });
      stream.on("thinking", (delta) => {
        heard.reasoning += delta;
      });
      const message = await stream.finalMessage();
      heard.tool = message.content.find((block) => block.type === "tool_use")?.input;
      return heard;
    },
  },
  "ai with @ai-sdk/openai, Responses": {
    thinks: true,
    listen: withAi(({ openai }) => createOpenAI(openai)(RESPONSES), {
      openai: { reasoningSummary: "auto", store: false, include: ["reasoning.encrypted_content"] },
    }),
  },
  "ai 6 with @ai-sdk/openai 3, Responses": { thinks: true, listen: withAi6 },
  "ai with @ai-sdk/openai, Chat Completions": {
    thinks: false,
    listen: withAi(({ openai }) => createOpenAI(openai).chat(CHAT)),
  },
  "ai with @ai-sdk/anthropic": {
    thinks: true,
    listen: withAi(
      ({ anthropic }) => createAnthropic({ ...anthropic, baseURL: `${anthropic.baseURL}/v1` })(MESSAGES),
      { anthropic: { thinking: { type: "enabled", budgetTokens: 1_024 } } },
    ),
  },
  "langchain, Responses": {
    thinks: true,
    listen: withLangchain(
      ({ openai: { baseURL, fetch, apiKey } }) =>
        new ChatOpenAI({
          model: RESPONSES,
          useResponsesApi: true,
          reasoning: { summary: "auto" },
          maxRetries: 0,
          apiKey,
          configuration: { baseURL, fetch },
        }),
    ),
  },
  "langchain, Chat Completions": {
    thinks: false,
    listen: withLangchain(
      ({ openai: { baseURL, fetch, apiKey } }) =>
        new ChatOpenAI({ model: CHAT, maxRetries: 0, apiKey, configuration: { baseURL, fetch } }),
    ),
  },
  "langchain with Anthropic": {
    thinks: true,
    listen: withLangchain(
      ({ anthropic: { baseURL, fetch, apiKey } }) =>
        new ChatAnthropic({
          model: MESSAGES,
          maxTokens: 2_000,
          thinking: { type: "enabled", budget_tokens: 1_024 },
          maxRetries: 0,
          apiKey,
          anthropicApiUrl: baseURL,
          clientOptions: { fetch },
        }),
    ),
  },
};

describe.each(["createFetch", "the proxy"] as const)("through %s", (name) => {
  let way: Way;
  beforeAll(async () => {
    way = await openWay(name);
    if (name === "the proxy") return;
    // The proxy leaves out what Copilot refuses by name. createFetch sends what the SDK says.
    const { settings } = way.simulator;
    settings.acceptedBetas = [...settings.acceptedBetas, "structured-outputs-2025-11-13"];
    settings.refuseExtraMembers = false;
  });
  afterAll(() => way[Symbol.asyncDispose]());

  test.each(Object.entries(sdks))(
    "%s streams text, and the thought before it",
    async (_sdk, { listen, thinks }) => {
      const { text, reasoning } = await listen(way, "Are you there?", false);
      expect(text).toContain('You said: "Are you there?".');
      expect(reasoning).toBe(thinks ? "The question asks for an echo." : "");
    },
  );

  test.each(Object.entries(sdks))("%s streams a tool call with its arguments", async (_sdk, { listen }) => {
    expect((await listen(way, "Look there!", true)).tool).toEqual({ question: "Look there!" });
  });

  test("openai and langchain get embeddings as numbers, although openai asks for base64", async () => {
    const { baseURL, fetch, apiKey } = way.openai;
    const model = "text-embedding-3-small";
    const openai = new OpenAI({ baseURL, fetch, apiKey, maxRetries: 0 });
    const answer = await openai.embeddings.create({ model, input: ["a", "b"] });
    const plain = await openai.embeddings.create({ model, input: ["a", "b"], encoding_format: "float" });
    const vectors = plain.data.map(({ embedding }) => embedding);
    expect(vectors[0]).toHaveLength(16);
    expect(answer.data.map(({ embedding }) => [...embedding])).toEqual(vectors);
    expect([answer.object, answer.model]).toEqual(["list", model]);
    const langchain = new OpenAIEmbeddings({
      model,
      apiKey,
      maxRetries: 0,
      configuration: { baseURL, fetch },
    });
    expect(await langchain.embedQuery("a")).toEqual(vectors[0]);
  });

  test("a plain chat answer has the members of OpenAI's", async () => {
    const openai = new OpenAI({ ...way.openai, maxRetries: 0 });
    for (const model of [CHAT, MESSAGES]) {
      const answer = await openai.chat.completions.create({
        model,
        messages: [{ role: "user", content: "Are you there?" }],
      });
      expect([answer.object, typeof answer.created]).toEqual(["chat.completion", "number"]);
    }
  });
});
