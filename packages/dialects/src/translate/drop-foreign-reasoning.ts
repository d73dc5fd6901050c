import type { Dialect } from "../base/dialect.ts";
import { asList, asObject, asString, isList, type JsonObject, type JsonValue } from "../base/json.ts";
import { SEAL_MARK } from "../base/seal.ts";
import { THOUGHT_MEMBERS } from "../chat/read-messages.ts";

/**
 * Removes thoughts that came from another dialect, for a request that needs no translation: their model cannot be the
 * one that gets it. Returns the same object if there are none. Check the text for {@link SEAL_MARK} first: a request
 * without it has none.
 */
export function dropForeignReasoning(body: JsonObject, dialect: Dialect): JsonObject {
  const member = dialect === "responses" ? "input" : "messages";
  const items = body[member];
  if (!isList(items)) return body;
  const kept = items.flatMap((item) => DROPS[dialect](asObject(item), item));
  const changed = kept.length !== items.length || kept.some((item, index) => item !== items[index]);
  if (!changed) return body;
  const result = { ...body, [member]: kept };
  return dialect === "messages" ? withoutThinking(result, kept) : result;
}

type Drop = (item: JsonObject, value: JsonValue) => readonly JsonValue[];

const DROPS: Readonly<Record<Dialect, Drop>> = {
  responses: (item, value) =>
    item["type"] === "reasoning" && isForeign(item["encrypted_content"]) ? [] : [value],
  chat(item, value) {
    if (!isForeign(item["reasoning_opaque"])) return [value];
    const { reasoning_opaque: _opaque, ...rest } = item;
    return [
      Object.fromEntries(
        Object.entries(rest).filter(([name]) => !THOUGHT_MEMBERS.some((one) => one === name)),
      ),
    ];
  },
  messages(item, value) {
    const { content } = item;
    const kept = asList(content).filter((block) => {
      const { signature, data } = asObject(block);
      return !isForeign(signature) && !isForeign(data);
    });
    if (!isList(content) || kept.length === content.length) return [value];
    return kept.length === 0 ? [] : [{ ...item, content: kept }];
  },
};

function isForeign(value: JsonValue | undefined): boolean {
  return asString(value)?.startsWith(SEAL_MARK) === true;
}

/** A turn that goes on after results must begin with a thought if the model has a budget to think. */
function withoutThinking(body: JsonObject, messages: readonly JsonValue[]): JsonObject {
  const { thinking, ...rest } = body;
  const typesOf = (at: number): readonly unknown[] =>
    asList(asObject(messages.at(at))["content"]).map((block) => asObject(block)["type"]);
  const isInToolTurn = typesOf(-1).includes("tool_result");
  const [first] = typesOf(-2);
  const hasThought = first === "thinking" || first === "redacted_thinking";
  return asObject(thinking)["type"] === "enabled" && isInToolTurn && !hasThought ? rest : body;
}
