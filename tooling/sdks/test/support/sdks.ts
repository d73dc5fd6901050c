import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import Anthropic from "@anthropic-ai/sdk";
import { ChatAnthropic } from "@langchain/anthropic";
import type { BaseMessageChunk } from "@langchain/core/messages";
import { ChatOpenAI, ChatOpenAICompletions } from "@langchain/openai";
import { isStepCount, jsonSchema, type LanguageModel, streamText, tool } from "ai";
import * as ai6 from "ai-6";
import { createOpenAI as createOpenAI3 } from "ai-sdk-openai-3";
import OpenAI from "openai";
import { expect } from "vitest";
import type { Way } from "./ways.ts";

/** What an SDK made of a stream. */
export interface Heard {
  text: string;
  reasoning: string;
  /** The arguments of the tool that was called, as the SDK gives them. */
  tool: unknown;
}

export interface Question {
  readonly model: string;
  readonly text: string;
  readonly withTool: boolean;
}

type Listen = (way: Way, question: Question) => Promise<Heard>;

/** An SDK with one of its dialects. */
export interface Sdk {
  readonly listen: Listen;
  /** The model of the simulator that its dialect serves. */
  readonly model: string;
  readonly dialect: "chat" | "responses" | "messages";
  /** False if the SDK has no place for a thought. @default true */
  readonly showsThoughts?: boolean;
}

/** The thought of the models that think if they are asked to. */
const THOUGHT = "The question asks for an echo.";
const THINKERS = /^(?:gpt-5|claude)/;

/** Returns the thought that an SDK shows of a model. */
export function thoughtOf({ showsThoughts = true }: Sdk, model: string): string {
  return showsThoughts && THINKERS.test(model) ? THOUGHT : "";
}

const RESPONSES = "gpt-5-codex";
const CHAT = "gpt-4.1";
const MESSAGES = "claude-sonnet-4.5";
/** The schema of a tool that takes a question. */
export const parameters: {
  readonly type: "object";
  readonly properties: { readonly question: { readonly type: "string" } };
  readonly required: string[];
  readonly additionalProperties: false;
} = {
  type: "object",
  properties: { question: { type: "string" } },
  required: ["question"],
  additionalProperties: false,
};
/** Returns the effort of a question in Chat Completions. The model that this dialect serves itself does not think. */
const effortFor = (model: string): { readonly reasoning_effort?: "low" } =>
  model === CHAT ? {} : { reasoning_effort: "low" };
const silence = (): Heard => ({ text: "", reasoning: "", tool: undefined });

const withAi = (
  modelOf: (way: Way, model: string) => LanguageModel,
  providerOptions: (model: string) => object = () => ({}),
): Listen => {
  return async (way, { model, text: prompt, withTool }) => {
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
      model: modelOf(way, model),
      prompt,
      maxRetries: 0,
      providerOptions: { ...providerOptions(model) },
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
const withAi6: Listen = async (way, { model, text: prompt, withTool }) => {
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
    model: createOpenAI3(way.openai)(model),
    prompt,
    maxRetries: 0,
    providerOptions: { openai: { reasoningSummary: "auto", forceReasoning: true, store: false } },
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

const withLangchain = (
  modelOf: (way: Way, model: string) => ChatOpenAI | ChatOpenAICompletions | ChatAnthropic,
): Listen => {
  return async (way, { model, text, withTool }) => {
    const chat = modelOf(way, model);
    const look = { name: "look", description: "Looks.", schema: parameters };
    const runnable = withTool ? chat.bindTools([look]) : chat;
    let whole: BaseMessageChunk | undefined;
    const heard = silence();
    for await (const chunk of await runnable.stream(text)) {
      heard.text += chunk.text;
      whole = whole ? whole.concat(chunk) : chunk;
    }
    const { tool_calls: calls, contentBlocks, additional_kwargs: more } = Object(whole);
    heard.tool = calls?.[0]?.args;
    // A thought of Chat Completions is no block.
    heard.reasoning += more?.reasoning_content ?? "";
    for (const block of contentBlocks ?? []) {
      if (block.type === "reasoning") heard.reasoning += block.reasoning;
    }
    return heard;
  };
};

/** The SDKs, by name. */
export const SDKS: Readonly<Record<string, Sdk>> = {
  "openai, Responses": {
    dialect: "responses",
    model: RESPONSES,
    async listen(way, { model, text: input, withTool }) {
      const heard = silence();
      const stream = new OpenAI({ ...way.openai, maxRetries: 0 }).responses.stream({
        model,
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
    dialect: "chat",
    model: CHAT,
    async listen(way, { model, text: content, withTool }) {
      const stream = new OpenAI({ ...way.openai, maxRetries: 0 }).chat.completions.stream({
        model,
        messages: [{ role: "user", content }],
        ...effortFor(model),
        ...(withTool ? { tools: [{ type: "function", function: { name: "look", parameters } }] } : {}),
      });
      let reasoning = "";
      // It has no type for a thought, but hands on what it does not know.
      for await (const { choices } of stream) reasoning += Object(choices[0]?.delta).reasoning_content ?? "";
      const { message } = (await stream.finalChatCompletion()).choices[0] ?? {};
      const [call] = message?.tool_calls ?? [];
      return {
        text: message?.content ?? "",
        reasoning,
        tool: call?.type === "function" ? JSON.parse(call.function.arguments) : undefined,
      };
    },
  },
  "@anthropic-ai/sdk": {
    dialect: "messages",
    model: MESSAGES,
    async listen(way, { model, text: content, withTool }) {
      const { baseURL, fetch } = way.anthropic;
      const stream = new Anthropic({ baseURL, fetch, apiKey: "unused", maxRetries: 0 }).messages.stream({
        model,
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
    dialect: "responses",
    model: RESPONSES,
    // It asks only models whose names it knows for a thought, unless it must.
    listen: withAi(
      ({ openai }, model) => createOpenAI(openai)(model),
      () => ({
        openai: {
          reasoningSummary: "auto",
          forceReasoning: true,
          store: false,
          include: ["reasoning.encrypted_content"],
        },
      }),
    ),
  },
  "ai 6 with @ai-sdk/openai 3, Responses": { dialect: "responses", model: RESPONSES, listen: withAi6 },
  "ai with @ai-sdk/openai, Chat Completions": {
    dialect: "chat",
    model: CHAT,
    // It reads no thought of this dialect, in whichever member.
    showsThoughts: false,
    listen: withAi(({ openai }, model) => createOpenAI(openai).chat(model)),
  },
  "ai with @ai-sdk/openai-compatible": {
    dialect: "chat",
    model: CHAT,
    listen: withAi(
      ({ openai }, model) => createOpenAICompatible({ ...openai, name: "own" }).chatModel(model),
      (model) => ({ own: { reasoningEffort: effortFor(model).reasoning_effort } }),
    ),
  },
  "ai with @ai-sdk/anthropic": {
    dialect: "messages",
    model: MESSAGES,
    listen: withAi(
      ({ anthropic }, model) => createAnthropic({ ...anthropic, baseURL: `${anthropic.baseURL}/v1` })(model),
      () => ({ anthropic: { thinking: { type: "enabled", budgetTokens: 1_024 } } }),
    ),
  },
  "langchain, Responses": {
    dialect: "responses",
    model: RESPONSES,
    listen: withLangchain(
      ({ openai: { baseURL, fetch, apiKey } }, model) =>
        new ChatOpenAI({
          model,
          useResponsesApi: true,
          // Its own option of this name counts only for models whose names it knows.
          modelKwargs: { reasoning: { summary: "auto" } },
          maxRetries: 0,
          apiKey,
          configuration: { baseURL, fetch },
        }),
    ),
  },
  "langchain, Chat Completions": {
    dialect: "chat",
    model: CHAT,
    listen: withLangchain(
      ({ openai: { baseURL, fetch, apiKey } }, model) =>
        // ChatOpenAI would choose the Responses API for some models.
        new ChatOpenAICompletions({
          model,
          modelKwargs: effortFor(model),
          maxRetries: 0,
          apiKey,
          configuration: { baseURL, fetch },
        }),
    ),
  },
  "langchain with Anthropic": {
    dialect: "messages",
    model: MESSAGES,
    listen: withLangchain(
      ({ anthropic: { baseURL, fetch, apiKey } }, model) =>
        new ChatAnthropic({
          model,
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
