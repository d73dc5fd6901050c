import { expect, test } from "vitest";
import { claudeVariables } from "../../src/clients/claude-code.ts";
import type { ClientModel } from "../../src/clients/read-models.ts";

function models(...ids: readonly string[]): readonly ClientModel[] {
  return ids.map((id) => ({ id, offered: true }));
}

test("the highest version of each family is chosen in every spelling, without dates and suffixes", () => {
  const all = models(
    "claude-3-5-sonnet-20241022",
    "claude-sonnet-4.5",
    "claude-sonnet-4.5-preview",
    "claude-sonnet-4-20250514",
    "claude-opus-4",
    "claude-opus-4.1",
    "claude-3-haiku",
    "gpt-4.1",
    "magnum-opusculum-9",
  );
  expect(claudeVariables(all)).toMatchObject({
    ANTHROPIC_DEFAULT_OPUS_MODEL: "claude-opus-4-1",
    ANTHROPIC_DEFAULT_SONNET_MODEL: "claude-sonnet-4-5",
    ANTHROPIC_DEFAULT_HAIKU_MODEL: "claude-3-haiku",
    ANTHROPIC_DEFAULT_FABLE_MODEL: "claude-opus-4-1",
  });
});

test("a missing family is filled by the best there is", () => {
  expect(claudeVariables(models("claude-sonnet-4", "claude-sonnet-4.5"))).toMatchObject({
    ANTHROPIC_DEFAULT_OPUS_MODEL: "claude-sonnet-4-5",
    ANTHROPIC_DEFAULT_SONNET_MODEL: "claude-sonnet-4-5",
    ANTHROPIC_DEFAULT_HAIKU_MODEL: "claude-sonnet-4-5",
    ANTHROPIC_DEFAULT_FABLE_MODEL: "claude-sonnet-4-5",
  });
  expect(claudeVariables(models("claude-haiku-4.5"))).toMatchObject({
    ANTHROPIC_DEFAULT_OPUS_MODEL: "claude-haiku-4-5",
  });
});

test("a model that Messages does not serve, or that the account may not use, is not chosen", () => {
  const all: readonly ClientModel[] = [
    { id: "claude-opus-4.7", apis: ["messages"], offered: false },
    { id: "claude-opus-4.6", apis: ["chat"], offered: true },
    { id: "claude-opus-4", apis: ["chat", "messages"], offered: true },
  ];
  expect(claudeVariables(all)["ANTHROPIC_DEFAULT_OPUS_MODEL"]).toBe("claude-opus-4");
});

test("the windows of the catalogue count, and not those of another service", () => {
  const opus = { id: "claude-opus-4.7", offered: true, contextWindow: 200_000 };
  expect(
    claudeVariables([
      { ...opus, maxInput: 168_000, maxOutput: 64_000 },
      { id: "claude-haiku-4.5", offered: true, contextWindow: 136_000, maxOutput: 8_000 },
    ]),
  ).toMatchObject({
    CLAUDE_CODE_AUTO_COMPACT_WINDOW: "168000",
    CLAUDE_CODE_DISABLE_1M_CONTEXT: "1",
    CLAUDE_CODE_MAX_OUTPUT_TOKENS: "64000",
  });
  const large = claudeVariables([{ ...opus, contextWindow: 1_000_000 }]);
  expect(large).not.toHaveProperty("CLAUDE_CODE_DISABLE_1M_CONTEXT");
  expect(large).toMatchObject({ CLAUDE_CODE_AUTO_COMPACT_WINDOW: "1000000" });
});

test("a catalogue without Claude lends its first model to each family", () => {
  expect(claudeVariables(models("kimi-k2.5", "deepseek-v3.2"))).toMatchObject({
    ANTHROPIC_DEFAULT_OPUS_MODEL: "kimi-k2-5",
    ANTHROPIC_DEFAULT_HAIKU_MODEL: "kimi-k2-5",
  });
  expect(Object.keys(claudeVariables([]))).toEqual(["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"]);
});
