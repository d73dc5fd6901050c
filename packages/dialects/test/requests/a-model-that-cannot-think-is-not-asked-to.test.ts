import { translateRequest } from "@tokenflow/dialects";
import { expect, test } from "vitest";

test("what a request says about thinking is left away and listed for a model that cannot be asked to", () => {
  const messages = [{ role: "user", content: "Hi." }];
  const thinking = { type: "enabled", budget_tokens: 5_000 };
  const request = { model: "m", max_tokens: 9_000, messages, thinking };
  const options = { from: "messages", to: "responses" } as const;
  const asked = translateRequest(request, options);
  expect(asked.body["reasoning"]).toEqual({ effort: "medium", summary: "auto" });
  const spared = translateRequest(request, { ...options, reasons: false });
  expect([spared.body["reasoning"], spared.left]).toEqual([undefined, ["thinking"]]);
  const chat = { model: "m", messages, reasoning_effort: "high" };
  const { body, left } = translateRequest(chat, { from: "chat", to: "responses", reasons: false });
  expect([body["reasoning"], left]).toEqual([undefined, ["reasoning_effort"]]);
});
