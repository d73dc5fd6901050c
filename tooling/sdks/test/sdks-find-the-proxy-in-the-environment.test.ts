import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { ChatAnthropic } from "@langchain/anthropic";
import { ChatOpenAI } from "@langchain/openai";
import { generateText } from "ai";
import OpenAI from "openai";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openWay, type Way } from "./support/ways.ts";

const MODEL = "claude-sonnet-4.5";
const prompt = "Are you there?";
const messages = [{ role: "user" as const, content: prompt }];

/** Programs that are given nothing but a model. `openai` of ai is made as `createOpenAI()`, when its module is loaded. */
const PROGRAMS: Readonly<Record<string, () => Promise<unknown>>> = {
  "openai, chat": () => new OpenAI().chat.completions.create({ model: "gpt-4.1", messages }),
  "openai, Responses": () => new OpenAI().responses.create({ model: "gpt-5-codex", input: prompt }),
  "@anthropic-ai/sdk": () => new Anthropic().messages.create({ model: MODEL, max_tokens: 100, messages }),
  "ai, openai.chat": async () => (await generateText({ model: createOpenAI().chat("gpt-4.1"), prompt })).text,
  "ai, openai": async () => (await generateText({ model: createOpenAI()("gpt-5-codex"), prompt })).text,
  "ai, openai of a model of Chat Completions": async () =>
    (await generateText({ model: createOpenAI()("gpt-4.1"), prompt })).text,
  "ai, anthropic": async () => (await generateText({ model: createAnthropic()(MODEL), prompt })).text,
  "langchain, ChatOpenAI": () => new ChatOpenAI({ model: "gpt-4.1" }).invoke(prompt),
  "langchain, ChatAnthropic": () => new ChatAnthropic({ model: MODEL, maxTokens: 100 }).invoke(prompt),
};

let way: Way;
beforeAll(async () => {
  way = await openWay("the proxy");
});
afterAll(() => way[Symbol.asyncDispose]());

beforeEach(() => {
  // As `tokenflow exec` sets them.
  vi.stubEnv("OPENAI_BASE_URL", way.openai.baseURL);
  vi.stubEnv("OPENAI_API_KEY", "a-key");
  vi.stubEnv("ANTHROPIC_BASE_URL", way.anthropic.baseURL);
  vi.stubEnv("ANTHROPIC_AUTH_TOKEN", "a-key");
  vi.stubEnv("ANTHROPIC_API_KEY", "a-key");
});
afterEach(() => void vi.unstubAllEnvs());

describe("with the variables of exec and no other setting", () => {
  test.each(Object.entries(PROGRAMS))("%s gets an answer", async (_name, ask) => {
    expect(JSON.stringify(await ask())).toContain("You said:");
  });
});
