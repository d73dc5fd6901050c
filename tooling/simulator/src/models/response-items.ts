import type { JsonObject } from "@tokenflow/conformance/server";
import { type ModelCall, THOUGHT } from "./model-call.ts";
import type { ToolCall } from "./tool-calls.ts";

/** How the service writes what clients compare or decode. */
export interface ResponsesWire {
  /** Returns an id as it is written this time. */
  id(own: string): string;
  /** Returns the members of a delta of a tool's arguments. */
  argumentsDelta(text: string): JsonObject;
  /** Returns the opaque form of a thought, bound to its item's id. */
  encryptedContent(itemId: string): string;
}

/** OpenAI's own: stable ids, plain deltas. */
export const plainWire: ResponsesWire = {
  id: (own) => own,
  argumentsDelta: (delta) => ({ delta }),
  encryptedContent: (itemId) => Buffer.from(`encrypted thought of ${itemId}`).toString("base64"),
};

/** One item of a response's output. It is created again at each use, since ids may change. */
export interface OutputItem {
  item(status: "in_progress" | "completed"): JsonObject;
  /** The events between `added` and `done`, without their place. */
  readonly events: readonly ItemEvent[];
}

export interface ItemEvent {
  readonly type: string;
  members(): JsonObject;
}

/** Returns the output: a thought if the model reasons, then a tool call or a message. */
export function createOutput(
  call: ModelCall,
  wire: ResponsesWire,
  reasons: boolean,
): readonly (OutputItem & { readonly id: string })[] {
  const { id, pieces, toolCalls, body } = call;
  const calls = toolCalls.map((toolCall, index) => {
    const callId = index === 0 ? `fc_${id}` : `fc_${id}_${index}`;
    return { id: callId, ...createToolCall(callId, toolCall, wire) };
  });
  const spoken =
    calls.length > 0 ? calls : [{ id: `msg_${id}`, ...createMessage(`msg_${id}`, pieces, wire) }];
  if (!reasons) return spoken;
  const reasoning = body["reasoning"];
  const wantsSummary = JSON.stringify(reasoning ?? {}).includes('"summary"');
  return [{ id: `rs_${id}`, ...createReasoning(`rs_${id}`, wantsSummary, wire) }, ...spoken];
}

function createMessage(id: string, pieces: readonly string[], wire: ResponsesWire): OutputItem {
  const text = pieces.join("");
  const part = (content: string): JsonObject => ({ type: "output_text", text: content, annotations: [] });
  return {
    item: (status) => ({
      id: wire.id(id),
      type: "message",
      role: "assistant",
      status,
      content: status === "completed" ? [part(text)] : [],
    }),
    events: [
      event("response.content_part.added", { content_index: 0, part: part("") }),
      ...pieces.map((delta) =>
        event("response.output_text.delta", { content_index: 0, delta, logprobs: [] }),
      ),
      event("response.output_text.done", { content_index: 0, text, logprobs: [] }),
      event("response.content_part.done", { content_index: 0, part: part(text) }),
    ],
  };
}

function createToolCall(id: string, call: ToolCall, wire: ResponsesWire): OutputItem {
  const [type, member] = call.custom
    ? (["custom_tool_call", "input"] as const)
    : (["function_call", "arguments"] as const);
  const { question } = call.input;
  const text = call.custom && typeof question === "string" ? question : JSON.stringify(call.input);
  const parts = [text.slice(0, text.length / 2), text.slice(text.length / 2)];
  return {
    item: (status) => ({
      id: wire.id(id),
      type,
      status,
      call_id: call.id,
      name: call.name,
      [member]: status === "completed" ? text : "",
    }),
    events: [
      ...parts.map((part) => ({
        type: `response.${type}_${member}.delta`,
        members: () => wire.argumentsDelta(part),
      })),
      event(`response.${type}_${member}.done`, {
        [member]: text,
        ...(call.custom ? {} : { name: call.name }),
      }),
    ],
  };
}

function createReasoning(id: string, wantsSummary: boolean, wire: ResponsesWire): OutputItem {
  const text = THOUGHT.join("");
  const place = { summary_index: 0 };
  return {
    item: (status) => ({
      id: wire.id(id),
      type: "reasoning",
      summary: wantsSummary && status === "completed" ? [{ type: "summary_text", text }] : [],
      encrypted_content: wire.encryptedContent(id),
    }),
    events: wantsSummary
      ? [
          event("response.reasoning_summary_part.added", {
            ...place,
            part: { type: "summary_text", text: "" },
          }),
          ...THOUGHT.map((delta) => event("response.reasoning_summary_text.delta", { ...place, delta })),
          event("response.reasoning_summary_text.done", { ...place, text }),
          event("response.reasoning_summary_part.done", { ...place, part: { type: "summary_text", text } }),
        ]
      : [],
  };
}

function event(type: string, members: JsonObject): ItemEvent {
  return { type, members: () => members };
}
