import type { JsonObject } from "@tokenflow/core/provider";
import type { Models } from "./models.ts";
import { ask, type Live, outcome } from "./service.ts";

const TOOL: JsonObject = {
  name: "look_up",
  description: "Looks up a word.",
  input_schema: { type: "object", properties: { question: { type: "string" } } },
};

/** What Claude Code sends beyond a plain request, one member at a time. */
const MEMBERS: Readonly<Record<string, JsonObject>> = {
  nothing: {},
  "system.cache_control": {
    system: [{ type: "text", text: "Be short.", cache_control: { type: "ephemeral" } }],
  },
  "cache_control.ttl": {
    system: [{ type: "text", text: "Be short.", cache_control: { type: "ephemeral", ttl: "1h" } }],
  },
  "tools.cache_control": { tools: [{ ...TOOL, cache_control: { type: "ephemeral" } }] },
  "messages.cache_control": {
    messages: [
      { role: "user", content: [{ type: "text", text: "hi", cache_control: { type: "ephemeral" } }] },
    ],
  },
  "cache_control.scope": {
    system: [{ type: "text", text: "Be short.", cache_control: { type: "ephemeral", scope: "global" } }],
  },
  tool_choice: { tools: [TOOL], tool_choice: { type: "auto" } },
  // The least budget, and the only question that may cost more than a token of answer.
  "thinking.enabled": { max_tokens: 1_025, thinking: { type: "enabled", budget_tokens: 1_024 } },
  "thinking.adaptive": { thinking: { type: "adaptive" } },
  context_management: { context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] } },
  "tools.eager_input_streaming": { tools: [{ ...TOOL, eager_input_streaming: true }] },
  "output_config.effort": { output_config: { effort: "low" } },
  "output_config.format": {
    output_config: { format: { type: "json_schema", schema: { type: "object", properties: {} } } },
  },
  metadata: { metadata: { user_id: "live-test" } },
};

const BETAS: readonly string[] = [
  "claude-code-20250219",
  "interleaved-thinking-2025-05-14",
  "effort-2025-11-24",
  "context-management-2025-06-27",
  "context-1m-2025-08-07",
  "advisor-tool-2026-03-01",
  "tool-search-tool-2025-10-19",
];

/** Asks which members and betas of Claude Code the service accepts, with one token of answer for nearly each. */
export async function askClaudeCode(live: Live, { messages: model }: Models): Promise<void> {
  live.recorder.ask("Claude Code's body");
  const plain = { model, max_tokens: 1, messages: [{ role: "user", content: "hi" }] };
  const send = async (body: JsonObject, betas?: string): Promise<string> =>
    outcome(
      await ask(live, "/v1/messages", live.token, {
        body,
        headers: {
          "anthropic-version": "2023-06-01",
          ...(betas === undefined ? {} : { "anthropic-beta": betas }),
        },
      }),
    );
  for (const [name, member] of Object.entries(MEMBERS)) {
    live.tell(`Messages with ${name}`, await send({ ...plain, ...member }));
  }
  for (const beta of BETAS) live.tell(`Messages with beta ${beta}`, await send(plain, beta));
}
