import {
  asList,
  asNumber,
  asObject,
  asString,
  isObject,
  type JsonObject,
  type JsonValue,
  parse,
} from "../base/json.ts";
import type { Stop, Usage } from "../conversation/answer.ts";
import { Assembler } from "../conversation/assembler.ts";
import { findFailure } from "../conversation/openai-failure.ts";
import type { StreamReader } from "../conversation/stream.ts";
import { createStreamReader } from "../conversation/stream-reader.ts";
import { readChatUsage, readStop, sealThought } from "./answer.ts";
import { readCall, THOUGHT_MEMBERS } from "./read-messages.ts";

/** Reads a stream of chat completion chunks. @param model the name that the request had */
export function createChatReader(model: string): StreamReader {
  const assembler = new Assembler();
  /** Counts parts of one kind, so that words after a call are a new part. */
  let count = 0;
  let said: { readonly key: string; readonly kind: "text" | "refusal" } | undefined;
  let thought: { readonly key: string; readonly member: string; opaque: string } | undefined;
  let stop: Stop | undefined;
  let usage: Usage | undefined;
  let isDone = false;
  let lastCall: string | undefined;
  /** The last call at each index. */
  const calls = new Map<number | undefined, { readonly key: string; readonly id: string }>();

  const closeSaid = (): void => {
    if (said) assembler.close(said.key);
    said = undefined;
  };
  const closeThought = (): void => {
    if (!thought) return;
    const { key, member, opaque } = thought;
    thought = undefined;
    assembler.close(key, undefined, (part) =>
      part.type === "reasoning" ? sealThought(part.text, member, opaque, model) : part,
    );
  };

  const say = (kind: "text" | "refusal", value: JsonValue | undefined): void => {
    const text = typeof value === "string" ? value : asList(value).map(textOf).join("");
    if (text === "") return;
    closeThought();
    if (said?.kind !== kind) {
      closeSaid();
      said = { key: `said ${(count += 1)}`, kind };
      assembler.open(said.key, { type: kind, text: "" });
    }
    assembler.add(said.key, text);
  };

  const think = (delta: JsonObject): void => {
    const member = THOUGHT_MEMBERS.find((name) => typeof delta[name] === "string" && delta[name] !== "");
    const opaque = asString(delta["reasoning_opaque"]) ?? "";
    if (member === undefined && opaque === "") return;
    if (!thought) {
      closeSaid();
      thought = { key: `thought ${(count += 1)}`, member: member ?? "reasoning_content", opaque: "" };
      assembler.open(thought.key, { type: "reasoning", text: "" });
    }
    thought.opaque += opaque;
    if (member !== undefined) assembler.add(thought.key, asString(delta[member]) ?? "");
  };

  /** Returns the call of a delta. Some services give all calls one index, or none, and tell them apart by their ids. */
  const keyOf = (index: number | undefined, id: string, name: string): string => {
    const last = calls.get(index);
    const isNext = last && id !== "" && last.id !== "" && id !== last.id && name !== "";
    const { key } = last && !isNext ? last : { key: `call ${index} ${id}` };
    calls.set(index, { key, id: id === "" ? (last?.id ?? "") : id });
    return key;
  };

  const call = (value: JsonObject): void => {
    closeThought();
    closeSaid();
    const { function: named, custom } = value;
    const { input, ...head } = readCall(isObject(custom) ? { ...value, type: "custom" } : value);
    const key = keyOf(asNumber(value["index"]), head.id, head.name);
    // A call is whole once the next one begins and its arguments are JSON.
    if (lastCall !== undefined && lastCall !== key && parse(assembler.textOf(lastCall)) !== undefined)
      assembler.close(lastCall);
    lastCall = key;
    if (!assembler.isOpen(key) && (named !== undefined || custom !== undefined))
      assembler.open(key, { ...head, input: "" });
    assembler.add(key, input);
  };

  const finish = (): void => {
    closeThought();
    assembler.closeAll();
    assembler.end({ stop: stop ?? readStop(undefined, assembler.hasCalls), usage });
  };

  const read = (chunk: JsonObject): void => {
    const failure = findFailure(chunk);
    if (failure) return assembler.fail(failure);
    usage = readChatUsage(chunk["usage"]) ?? usage;
    // Nobody asked for several answers. If there are, they are parts of one: the words first, then the calls.
    for (const choice of asList(chunk["choices"])) if (isObject(choice)) readChoice(chunk, choice);
  };

  const readChoice = (chunk: JsonObject, choice: JsonObject): void => {
    assembler.start(asString(chunk["id"]) ?? "", asString(chunk["model"]) ?? model, {
      created: asNumber(chunk["created"]),
    });
    // Some services send a whole message as a stream of one chunk.
    const delta = asObject(choice["delta"] ?? choice["message"]);
    think(delta);
    say("text", delta["content"]);
    say("refusal", delta["refusal"]);
    for (const one of asList(delta["tool_calls"])) call(asObject(one));
    const reason = asString(choice["finish_reason"]) ?? "";
    if (reason !== "" && stop !== "calls") stop = readStop(reason, assembler.hasCalls);
  };

  return createStreamReader(assembler, {
    read(data) {
      if (data.trim() === "[DONE]") {
        isDone = true;
        finish();
      } else read(asObject(parse(data)));
    },
    end() {
      // Some services close the connection without the last line.
      if (stop !== undefined || isDone) finish();
      else assembler.cut();
    },
  });
}

/** Returns the words of a part: some services send a list of parts in place of a text. */
function textOf(part: JsonValue): string {
  return asString(asObject(part)["text"]) ?? "";
}
