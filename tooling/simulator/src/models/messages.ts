import type { JsonObject } from "../server/json.ts";
import type { HeaderList, Reply } from "../server/reply.ts";
import type { Settings } from "../server/settings.ts";
import { type ModelCall, streamPieces } from "./model-call.ts";

/** Answers in Anthropic's Messages API, whole or as typed events. */
export async function answerMessages(
  call: ModelCall,
  reply: Reply,
  { settings, headers }: { readonly settings: Settings; readonly headers?: HeaderList | undefined },
): Promise<void> {
  const { model, pieces, promptTokens, toolCall } = call;
  const reason = toolCall ? "tool_use" : "end_turn";
  const message = (more: JsonObject): JsonObject => ({
    id: `msg_${call.id}`,
    type: "message",
    role: "assistant",
    model,
    stop_sequence: null,
    ...more,
  });
  if (!call.stream) {
    return reply.json(
      200,
      message({
        content: [toolCall ? { type: "tool_use", ...toolCall } : { type: "text", text: pieces.join("") }],
        stop_reason: reason,
        usage: { input_tokens: promptTokens, output_tokens: pieces.length },
      }),
      headers,
    );
  }
  const stream = await reply.events(headers);
  const send = (type: string, members: JsonObject = {}): Promise<boolean> =>
    stream.send({ type, ...members }, type);
  const begun = message({
    content: [],
    stop_reason: null,
    usage: { input_tokens: promptTokens, output_tokens: 0 },
  });
  const input = JSON.stringify(toolCall?.input ?? {});
  const deltas: readonly JsonObject[] = toolCall
    ? [input.slice(0, 5), input.slice(5)].map((json) => ({ type: "input_json_delta", partial_json: json }))
    : pieces.map((text) => ({ type: "text_delta", text }));
  const listened =
    (await send("message_start", { message: begun })) &&
    (await send("content_block_start", {
      index: 0,
      content_block: toolCall ? { type: "tool_use", ...toolCall, input: {} } : { type: "text", text: "" },
    })) &&
    (await send("ping")) &&
    (await streamPieces(deltas, settings, reply, (delta) =>
      send("content_block_delta", { index: 0, delta }),
    )) &&
    (await send("content_block_stop", { index: 0 })) &&
    (await send("message_delta", {
      delta: { stop_reason: reason, stop_sequence: null },
      usage: { output_tokens: pieces.length },
    }));
  if (listened) await send("message_stop");
  stream.end();
}
