import { expect, test } from "vitest";
import { claudeModels } from "../../src/exec/exec-environment.ts";

test("the highest version of each family is chosen in every spelling, without dates and suffixes", () => {
  const models = [
    "claude-3-5-sonnet-20241022",
    "claude-sonnet-4.5",
    "claude-sonnet-4.5-preview",
    "claude-sonnet-4-20250514",
    "claude-opus-4",
    "claude-opus-4.1",
    "claude-3-haiku",
    "gpt-4.1",
    "magnum-opusculum-9",
  ];
  expect(claudeModels({}, models)).toEqual({
    ANTHROPIC_DEFAULT_OPUS_MODEL: "claude-opus-4.1",
    ANTHROPIC_DEFAULT_SONNET_MODEL: "claude-sonnet-4.5",
    ANTHROPIC_DEFAULT_HAIKU_MODEL: "claude-3-haiku",
  });
});

test("a catalogue without them sets none, and a person's choice is kept", () => {
  expect(claudeModels({}, ["gpt-4.1"])).toEqual({});
  expect(claudeModels({ ANTHROPIC_DEFAULT_OPUS_MODEL: "mine" }, ["claude-opus-4"])).toEqual({});
});
