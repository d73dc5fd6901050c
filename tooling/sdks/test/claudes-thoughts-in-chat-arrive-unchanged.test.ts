import { createOpenAI } from "@ai-sdk/openai";
import { HumanMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { streamText } from "ai";
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openWay, type Way } from "./support/ways.ts";

const model = "claude-sonnet-4.5";
/** The members in which Copilot tells what Claude thought. The second one must come back as it was. */
const thought = { reasoning_text: "It says: “\u{1f914}”\n", reasoning_opaque: "aBcD+/09==" };

const choice = {
  index: 0,
  finish_reason: "stop",
  message: { role: "assistant", content: "Yes.", ...thought },
};
/** Without `object`, as the service sends them: the repair of these answers must leave the rest as it is. */
const deltas = [
  { role: "assistant", content: "" },
  { reasoning_text: "It says: " },
  { reasoning_text: "“\u{1f914}”\n" },
  { reasoning_opaque: thought.reasoning_opaque },
  { content: "Yes." },
];

/*
 * OpenAI's SDK has no types for these members, but keeps them. So does langchain in the raw response, and ai in the raw
 * parts of a stream; neither of them has them among the thoughts of its messages.
 */
describe.each(["createFetch", "the proxy"] as const)("through %s", (name) => {
  let way: Way;
  beforeAll(async () => {
    // The answer of a fault belongs to the first call, which must not be one that refuses the editor.
    way = await openWay(name, { provider: { mode: "direct" } });
  });
  afterAll(() => way[Symbol.asyncDispose]());
  beforeEach(() => way.simulator.clearFaults());

  const answerWhole = (): void => {
    way.simulator.fault({ service: "copilot", path: "/chat/completions", merge: { choices: [choice] } });
  };
  const answerStream = (): void => {
    const chunks = deltas.map((delta) => ({
      choices: [{ index: 0, delta, finish_reason: null }],
      created: 1,
      id: "a",
      model,
    }));
    const body = [...chunks.map((chunk) => JSON.stringify(chunk)), "[DONE]"];
    way.simulator.fault({
      service: "copilot",
      path: "/chat/completions",
      status: 200,
      headers: { "content-type": "text/event-stream" },
      body: body.map((data) => `data: ${data}\n\n`).join(""),
    });
  };
  const messages = [{ role: "user" as const, content: "Are you there?" }];

  test("openai has them in a whole answer", async () => {
    answerWhole();
    const openai = new OpenAI({ ...way.openai, maxRetries: 0 });
    const answer = await openai.chat.completions.create({ model, messages });
    expect(answer.object).toBe("chat.completion");
    expect(answer.choices).toEqual([choice]);
  });

  test("openai has them in the chunks of a stream", async () => {
    answerStream();
    const openai = new OpenAI({ ...way.openai, maxRetries: 0 });
    const heard: unknown[] = [];
    for await (const chunk of await openai.chat.completions.create({ model, messages, stream: true })) {
      expect(chunk.object).toBe("chat.completion.chunk");
      heard.push(chunk.choices[0]?.delta);
    }
    expect(heard).toEqual(deltas);
  });

  test("langchain has them in the raw response", async () => {
    answerWhole();
    const { baseURL, fetch, apiKey } = way.openai;
    const configuration = { baseURL, fetch };
    const chat = new ChatOpenAI({ model, apiKey, configuration, maxRetries: 0, __includeRawResponse: true });
    const { additional_kwargs: more } = await chat.invoke([new HumanMessage("Are you there?")]);
    expect(Object(more["__raw_response"]).choices).toEqual([choice]);
  });

  test("ai has them in the raw parts of a stream", async () => {
    answerStream();
    const { stream } = streamText({
      model: createOpenAI(way.openai).chat(model),
      prompt: "Are you there?",
      maxRetries: 0,
      include: { rawChunks: true },
    });
    const heard: unknown[] = [];
    for await (const part of stream) {
      if (part.type === "raw") heard.push(Object(part.rawValue).choices[0].delta);
    }
    expect(heard).toEqual(deltas);
  });

  test("the service's own stream has both before the text", async () => {
    const openai = new OpenAI({ ...way.openai, maxRetries: 0 });
    const names = new Set<string>();
    for await (const { choices } of await openai.chat.completions.create({ model, messages, stream: true })) {
      for (const [member, value] of Object.entries(choices[0]?.delta ?? {})) if (value) names.add(member);
    }
    expect([...names]).toEqual(["role", "reasoning_text", "reasoning_opaque", "content"]);
  });
});
