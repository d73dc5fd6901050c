import type { HeaderList, Reply } from "@tokenflow/conformance/server";
import { isJsonObject, type JsonObject } from "@tokenflow/conformance/server";
import type { Settings } from "../server/settings.ts";
import { type ModelCall, streamPieces, THOUGHT } from "./model-call.ts";

interface MessagesOptions {
  readonly settings: Settings;
  readonly headers?: HeaderList | undefined;
  /** Added to a whole answer, and to a stream's event with the usage. */
  readonly billed?: JsonObject | undefined;
}

/** Answers in Anthropic's Messages API, whole or as typed events. A model that may think, thinks first. */
export async function answerMessages(
  call: ModelCall,
  reply: Reply,
  { settings, headers, billed }: MessagesOptions,
): Promise<void> {
  const { model, pieces, promptTokens, cachedTokens } = call;
  const uses = call.toolCalls.map(({ id, name, input }) => ({ type: "tool_use", id, name, input }));
  const thinking = isJsonObject(call.body["thinking"]) && call.body["thinking"]["type"] !== "disabled";
  const reason = uses.length > 0 ? "tool_use" : "end_turn";
  const message = (more: JsonObject): JsonObject => ({
    id: `msg_${call.id}`,
    type: "message",
    role: "assistant",
    model,
    stop_sequence: null,
    ...more,
  });
  const thought = { type: "thinking", thinking: THOUGHT.join(""), signature: SIGNATURE };
  const said = uses.length > 0 ? uses : [{ type: "text", text: pieces.join("") }];
  const prompt = { input_tokens: promptTokens - cachedTokens, cache_read_input_tokens: cachedTokens };
  if (!call.stream) {
    return reply.json(
      200,
      message({
        content: thinking ? [thought, ...said] : said,
        stop_reason: reason,
        usage: { ...prompt, output_tokens: pieces.length },
        ...billed,
      }),
      headers,
    );
  }
  const stream = await reply.events(headers);
  const send = (type: string, members: JsonObject = {}): Promise<boolean> =>
    stream.send({ type, ...members }, type);
  const sendBlock = async (
    index: number,
    content_block: JsonObject,
    deltas: readonly JsonObject[],
  ): Promise<boolean> =>
    (await send("content_block_start", { index, content_block })) &&
    (index > 0 || (await send("ping"))) &&
    (await streamPieces(deltas, settings, reply, (delta) => send("content_block_delta", { index, delta }))) &&
    (await send("content_block_stop", { index }));
  const begun = message({ content: [], stop_reason: null, usage: { ...prompt, output_tokens: 0 } });
  const first = thinking ? 1 : 0;
  const sendUses = async (): Promise<boolean> => {
    for (const [index, use] of uses.entries()) {
      const input = JSON.stringify(use.input);
      const deltas = [input.slice(0, 5), input.slice(5)].map((json) => ({
        type: "input_json_delta",
        partial_json: json,
      }));
      if (!(await sendBlock(first + index, { ...use, input: {} }, deltas))) return false;
    }
    return true;
  };
  const listened =
    (await send("message_start", { message: begun })) &&
    (!thinking ||
      (await sendBlock(0, { type: "thinking", thinking: "", signature: "" }, [
        ...THOUGHT.map((text) => ({ type: "thinking_delta", thinking: text })),
        { type: "signature_delta", signature: SIGNATURE },
      ]))) &&
    (uses.length > 0
      ? await sendUses()
      : await sendBlock(
          first,
          { type: "text", text: "" },
          pieces.map((text) => ({ type: "text_delta", text })),
        )) &&
    (await send("message_delta", {
      delta: { stop_reason: reason, stop_sequence: null },
      usage: { output_tokens: pieces.length },
      ...billed,
    }));
  if (listened) await send("message_stop");
  stream.end();
}

/** Stands for the signature with which the model's owner seals a thought. */
export const SIGNATURE = "c2lnbmVkIGJ5IHRoZSBzaW11bGF0b3I=";
