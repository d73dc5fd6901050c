import OpenAI, { BadRequestError } from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SDKS, thoughtOf } from "./support/sdks.ts";
import { openWay, translating, type Way } from "./support/ways.ts";

const FOREIGN = {
  chat: ["gpt-5-codex", "claude-opus-4.7"],
  responses: ["claude-sonnet-4.5"],
  messages: ["gpt-4.1", "gpt-5-codex"],
} as const;

let way: Way;
beforeAll(async () => {
  way = await openWay("createFetch");
  way.simulator.settings.opusAndHaiku = true;
});
afterAll(() => way[Symbol.asyncDispose]());

const cases = Object.entries(SDKS).flatMap(([name, sdk]) =>
  FOREIGN[sdk.dialect].map((model) => ({ name, model, sdk })),
);

describe.each(cases)("$name with $model", ({ model, sdk }) => {
  test("streams text, the thought before it, and a tool call with its arguments", async () => {
    const { listen, dialect } = sdk;
    const translated = translating(way, dialect);
    const { text, reasoning } = await listen(translated, { model, text: "Are you there?", withTool: false });
    expect(text).toContain('You said: "Are you there?".');
    expect(reasoning).toBe(thoughtOf(sdk, model));
    const { tool } = await listen(translated, { model, text: "Look there!", withTool: true });
    expect(tool).toEqual({ question: "Look there!" });
  });
});

test("a call that its path serves is sent as it is, and one that cannot be translated is a 400 of the SDK", async () => {
  const openai = new OpenAI({ ...translating(way, "chat").openai, maxRetries: 0 });
  const question = [{ role: "user" as const, content: "Are you there?" }];
  const answer = await openai.chat.completions.create({ model: "gpt-4.1", messages: question, n: 1 });
  expect(answer.choices[0]?.message.content).toContain("You said");
  const before = way.simulator.counts.modelCalls;
  const refused = openai.chat.completions.create({ model: "gpt-5-codex", messages: question, n: 2 });
  await expect(refused).rejects.toThrow(BadRequestError);
  await expect(refused).rejects.toMatchObject({ code: "request.untranslatable", param: "n" });
  expect(way.simulator.counts.modelCalls).toBe(before);
});
