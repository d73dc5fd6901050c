import { OpenAIEmbeddings } from "@langchain/openai";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SDKS, thoughtOf } from "./support/sdks.ts";
import { countRefusedEditors, openWay, ROUTES, type Way } from "./support/ways.ts";

describe.each(ROUTES)("through $name with $token", ({ name, token, services }) => {
  let way: Way;
  beforeAll(async () => {
    way = await openWay(name, { services });
  });
  afterAll(() => way[Symbol.asyncDispose]());

  test.each(Object.entries(SDKS))("%s streams text, and the thought before it", async (_sdk, sdk) => {
    const { listen, model } = sdk;
    const question = { model, text: "Are you there?", withTool: false };
    const { text, reasoning } = await listen(way, question);
    expect(text).toContain('You said: "Are you there?".');
    expect(reasoning).toBe(thoughtOf(sdk, model));
  });

  test.each(Object.entries(SDKS))(
    "%s streams a tool call with its arguments",
    async (_sdk, { listen, model }) => {
      const question = { model, text: "Look there!", withTool: true };
      expect((await listen(way, question)).tool).toEqual({ question: "Look there!" });
    },
  );

  test("the API refuses the editor once at most", async () => {
    const messages = [{ role: "user" as const, content: "Are you there?" }];
    await new OpenAI({ ...way.openai, maxRetries: 0 }).chat.completions.create({
      model: "gpt-4.1",
      messages,
    });
    expect(countRefusedEditors(way)).toBe(token === "the GitHub token" ? 1 : 0);
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
    for (const model of ["gpt-4.1", "claude-sonnet-4.5"]) {
      const answer = await openai.chat.completions.create({
        model,
        messages: [{ role: "user", content: "Are you there?" }],
      });
      expect([answer.object, typeof answer.created]).toEqual(["chat.completion", "number"]);
    }
  });
});
