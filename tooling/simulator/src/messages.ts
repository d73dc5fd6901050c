import type { JsonObject } from "./json.ts";
import { type ModelCall, streamPieces } from "./model-call.ts";
import type { HeaderList, Reply } from "./reply.ts";
import type { Settings } from "./settings.ts";

/** Anthropic's Messages API, whole or as its typed events. */
export async function answerMessages(
  call: ModelCall,
  reply: Reply,
  { settings, headers }: { readonly settings: Settings; readonly headers?: HeaderList | undefined },
): Promise<void> {
  const { model, pieces, promptTokens } = call;
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
        content: [{ type: "text", text: pieces.join("") }],
        stop_reason: "end_turn",
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
  const listened =
    (await send("message_start", { message: begun })) &&
    (await send("content_block_start", { index: 0, content_block: { type: "text", text: "" } })) &&
    (await send("ping")) &&
    (await streamPieces(pieces, settings, reply, (text) =>
      send("content_block_delta", { index: 0, delta: { type: "text_delta", text } }),
    )) &&
    (await send("content_block_stop", { index: 0 })) &&
    (await send("message_delta", {
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: pieces.length },
    }));
  if (listened) await send("message_stop");
  stream.end();
}
