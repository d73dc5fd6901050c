import type { ClientModel } from "../../src/clients/read-models.ts";

/** A catalogue with a model for each set of APIs. */
export const CATALOGUE: readonly ClientModel[] = [
  model("gpt-4.1", { apis: ["chat", "responses"], contextWindow: 128_000, maxOutput: 16_384 }),
  model("gpt-4o-mini", { apis: ["chat"], contextWindow: 128_000, maxInput: 64_000, maxOutput: 4_096 }),
  model("claude-sonnet-4.5", {
    apis: ["chat", "messages"],
    contextWindow: 200_000,
    maxInput: 168_000,
    maxOutput: 32_000,
    vision: true,
    reasoning: true,
  }),
  model("claude-opus-4.7", { apis: ["messages"], contextWindow: 200_000, maxOutput: 64_000 }),
  model("gpt-5-codex", {
    apis: ["responses"],
    contextWindow: 400_000,
    maxInput: 272_000,
    maxOutput: 128_000,
    reasoning: true,
  }),
];

function model(id: string, rest: Omit<ClientModel, "id" | "offered">): ClientModel {
  return { id, offered: true, ...rest };
}
