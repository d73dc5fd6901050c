import { asNumber, asObject, asString, isObject, type JsonObject, parse } from "../base/json.ts";
import type { AnswerEnd, Usage } from "../conversation/answer.ts";
import { Assembler } from "../conversation/assembler.ts";
import { findFailure, readOpenAiFailure } from "../conversation/openai-failure.ts";
import type { StreamReader } from "../conversation/stream.ts";
import { createStreamReader } from "../conversation/stream-reader.ts";
import { readAnswerThought, readEnd, readMessagesUsage } from "./answer.ts";

/** Reads a stream of Messages. @param model the name that the request had */
export function createMessagesReader(model: string): StreamReader {
  const assembler = new Assembler();
  /** The opening blocks of thoughts, with what came of their signatures. */
  const thoughts = new Map<string, { readonly block: JsonObject; signature: string }>();
  let end: AnswerEnd | undefined;
  let usage: Usage | undefined;

  const open = (key: string, block: JsonObject): void => {
    const { type, text, thinking, signature, id, name, input } = block;
    switch (type) {
      case "text":
        assembler.open(key, { type, text: "" });
        assembler.add(key, asString(text) ?? "");
        return;
      case "tool_use":
        assembler.open(key, {
          type: "call",
          id: asString(id) ?? "",
          name: asString(name) ?? "",
          custom: false,
          input: "",
        });
        // A service may send the whole input at once.
        if (isObject(input) && Object.keys(input).length > 0) assembler.add(key, JSON.stringify(input));
        return;
      case "thinking":
      case "redacted_thinking":
        thoughts.set(key, { block, signature: asString(signature) ?? "" });
        assembler.open(key, { type: "reasoning", text: "" });
        assembler.add(key, asString(thinking) ?? "");
        return;
      default:
    }
  };

  const add = (key: string, delta: JsonObject): void => {
    const { type, text, thinking, partial_json: json, signature } = delta;
    if (type === "signature_delta") {
      const thought = thoughts.get(key);
      if (thought) thought.signature += asString(signature) ?? "";
      return;
    }
    const added = asString(text) ?? asString(thinking) ?? asString(json);
    if (added === undefined) return;
    if (!assembler.isOpen(key)) open(key, blockFor(delta));
    assembler.add(key, added);
  };

  const close = (key: string): void => {
    const thought = thoughts.get(key);
    thoughts.delete(key);
    if (!thought) return assembler.close(key);
    const { block, signature } = thought;
    assembler.close(key, undefined, (part) =>
      part.type === "reasoning"
        ? readAnswerThought({ ...block, thinking: part.text, signature }, model)
        : part,
    );
  };

  const finish = (): void => {
    for (const key of [...thoughts.keys()]) close(key);
    assembler.end({ ...(end ?? { stop: assembler.hasCalls ? "calls" : "end" }), usage });
  };

  return createStreamReader(assembler, {
    read(data) {
      const event = asObject(parse(data));
      const key = String(asNumber(event["index"]) ?? 0);
      switch (event["type"]) {
        case "message_start": {
          const { id, model: named, usage: first } = asObject(event["message"]);
          usage = readMessagesUsage(first);
          assembler.start(asString(id) ?? "", asString(named) ?? model, { usage });
          break;
        }
        case "content_block_start":
          open(key, asObject(event["content_block"]));
          break;
        case "content_block_delta":
          add(key, asObject(event["delta"]));
          break;
        case "content_block_stop":
          close(key);
          break;
        case "message_delta": {
          const { stop_reason: reason } = asObject(event["delta"]);
          if (reason !== null && reason !== undefined) end = readEnd(asObject(event["delta"]));
          usage = readMessagesUsage(event["usage"], usage);
          break;
        }
        case "message_stop":
          finish();
          break;
        case "ping":
          assembler.ping();
          break;
        case "error":
          assembler.fail(readOpenAiFailure(event));
          break;
        case undefined: {
          const failure = findFailure(event);
          if (failure) assembler.fail(failure);
          break;
        }
        default:
      }
    },
    end() {
      if (end) finish();
      else assembler.cut();
    },
  });
}

/** Returns the block that a delta belongs to, for a stream that did not open it. */
function blockFor({ type }: JsonObject): JsonObject {
  if (type === "thinking_delta") return { type: "thinking" };
  return { type: type === "text_delta" ? "text" : "" };
}
