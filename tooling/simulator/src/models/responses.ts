import type { JsonObject } from "../server/json.ts";
import type { HeaderList, Reply } from "../server/reply.ts";
import type { Settings } from "../server/settings.ts";
import { type ModelCall, streamPieces } from "./model-call.ts";

/** Answers in OpenAI's Responses API, whole or as typed events. */
export async function answerResponses(
  call: ModelCall,
  reply: Reply,
  { settings, headers }: { readonly settings: Settings; readonly headers?: HeaderList | undefined },
): Promise<void> {
  const { pieces, promptTokens } = call;
  const text = pieces.join("");
  const itemId = `msg_${call.id}`;
  const part = (content: string): JsonObject => ({ type: "output_text", text: content, annotations: [] });
  const item = (status: string, content: readonly JsonObject[]): JsonObject => ({
    id: itemId,
    type: "message",
    role: "assistant",
    status,
    content,
  });
  const response = (status: string, output: readonly JsonObject[]): JsonObject => ({
    id: `resp_${call.id}`,
    object: "response",
    created_at: call.created,
    status,
    error: null,
    incomplete_details: null,
    model: call.model,
    output,
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    usage:
      status === "completed"
        ? {
            input_tokens: promptTokens,
            input_tokens_details: { cached_tokens: 0 },
            output_tokens: pieces.length,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: promptTokens + pieces.length,
          }
        : null,
  });
  const complete = response("completed", [item("completed", [part(text)])]);
  if (!call.stream) return reply.json(200, complete, headers);

  const stream = await reply.events(headers);
  let sequence = 0;
  const send = (type: string, members: JsonObject): Promise<boolean> => {
    const event = { type, sequence_number: sequence, ...members };
    sequence += 1;
    return stream.send(event, type);
  };
  const place = { item_id: itemId, output_index: 0, content_index: 0 };
  const pending = response("in_progress", []);
  const listened =
    (await send("response.created", { response: pending })) &&
    (await send("response.in_progress", { response: pending })) &&
    (await send("response.output_item.added", { output_index: 0, item: item("in_progress", []) })) &&
    (await send("response.content_part.added", { ...place, part: part("") })) &&
    (await streamPieces(pieces, settings, reply, (delta) =>
      send("response.output_text.delta", { ...place, delta, logprobs: [] }),
    )) &&
    (await send("response.output_text.done", { ...place, text, logprobs: [] })) &&
    (await send("response.content_part.done", { ...place, part: part(text) })) &&
    (await send("response.output_item.done", { output_index: 0, item: item("completed", [part(text)]) }));
  if (listened) await send("response.completed", { response: complete });
  stream.end();
}
