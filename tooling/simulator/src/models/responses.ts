import type { HeaderList, JsonObject, Reply } from "@tokenflow/conformance/server";
import type { Settings } from "../server/settings.ts";
import { type ModelCall, streamPieces } from "./model-call.ts";
import { createOutput, plainWire, type ResponsesWire } from "./response-items.ts";

interface ResponsesOptions {
  readonly settings: Settings;
  readonly headers?: HeaderList | undefined;
  /** @default OpenAI's own */
  readonly wire?: ResponsesWire | undefined;
  /** Thinks before it answers. @default false */
  readonly reasons?: boolean | undefined;
  /** Added to the `usage` of a whole answer, and to a stream's last event. */
  readonly billed?: JsonObject | undefined;
}

/** Answers in OpenAI's Responses API, whole or as typed events. */
export async function answerResponses(
  call: ModelCall,
  reply: Reply,
  { settings, headers, wire = plainWire, reasons = false, billed }: ResponsesOptions,
): Promise<void> {
  const { pieces, promptTokens, cachedTokens } = call;
  const output = createOutput(call, wire, reasons);
  const response = (status: "in_progress" | "completed", usageToo: JsonObject = {}): JsonObject => ({
    id: wire.id(`resp_${call.id}`),
    object: "response",
    created_at: call.created,
    status,
    error: null,
    incomplete_details: null,
    model: call.model,
    output: status === "completed" ? output.map(({ item }) => item(status)) : [],
    parallel_tool_calls: true,
    tool_choice: "auto",
    tools: [],
    usage:
      status === "completed"
        ? {
            input_tokens: promptTokens,
            input_tokens_details: { cached_tokens: cachedTokens },
            output_tokens: pieces.length,
            output_tokens_details: { reasoning_tokens: reasons ? 3 : 0 },
            total_tokens: promptTokens + pieces.length,
            ...usageToo,
          }
        : null,
  });
  if (!call.stream) return reply.json(200, response("completed", billed), headers);

  const stream = await reply.events(headers);
  let sequence = 0;
  const send = (type: string, members: JsonObject): Promise<boolean> => {
    const event = { type, sequence_number: sequence, ...members };
    sequence += 1;
    return stream.send(event, type);
  };
  const sendOutput = async (): Promise<boolean> => {
    for (const [index, { id, item, events }] of output.entries()) {
      const place = { output_index: index };
      const listened =
        (await send("response.output_item.added", { ...place, item: item("in_progress") })) &&
        (await streamPieces(events, settings, reply, ({ type, members }) =>
          send(type, { item_id: wire.id(id), ...place, ...members() }),
        )) &&
        (await send("response.output_item.done", { ...place, item: item("completed") }));
      if (!listened) return false;
    }
    return true;
  };
  const listened =
    (await send("response.created", { response: response("in_progress") })) &&
    (await send("response.in_progress", { response: response("in_progress") })) &&
    (await sendOutput());
  if (listened) await send("response.completed", { response: response("completed"), ...billed });
  stream.end();
}
