import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SDKS } from "./support/sdks.ts";
import { openWay, translating, type Way } from "./support/ways.ts";

/** The integration to which the service sends the arguments of tools encrypted, until the event at their end. */
const integrationId = "vscode-chat";
const RESPONSES_ONLY = "gpt-5-codex";

describe.each(["createFetch", "the proxy"] as const)("through %s, to an integration of this kind", (name) => {
  let way: Way;
  beforeAll(async () => {
    way = await openWay(name, { provider: { integrationId } });
  });
  afterAll(() => way[Symbol.asyncDispose]());

  /** Makes sure that the service had a reason to encrypt. */
  const expectEncrypted = (): void => {
    const { settings, journal } = way.simulator;
    expect(settings.encryptedDeltas).toBe(true);
    const last = journal.findLast(({ kind, stream }) => kind === "responses" && stream);
    expect(last?.headers["copilot-integration-id"]).toBe(integrationId);
  };

  // Callers of the other dialects reach this model by a translation, which must not see what is encrypted.
  test.each(Object.entries(SDKS))(
    "%s streams a call of a Responses-only model with its arguments",
    async (_sdk, { listen, dialect }) => {
      const question = { model: RESPONSES_ONLY, text: "Look there!", withTool: true };
      const own = name === "createFetch" ? translating(way, dialect) : way;
      expect((await listen(own, question)).tool).toEqual({ question: "Look there!" });
      expectEncrypted();
    },
  );

  test("openai streams the free text of a custom tool", async () => {
    const stream = await new OpenAI({ ...way.openai, maxRetries: 0 }).responses.create({
      model: RESPONSES_ONLY,
      input: "Look there!",
      tools: [{ type: "custom", name: "look" }],
      stream: true,
    });
    let deltas = "";
    let whole: string | undefined;
    for await (const event of stream) {
      if (event.type === "response.custom_tool_call_input.delta") deltas += event.delta;
      if (event.type === "response.custom_tool_call_input.done") whole = event.input;
    }
    expect([deltas, whole]).toEqual(["Look there!", "Look there!"]);
    expectEncrypted();
  });
});
