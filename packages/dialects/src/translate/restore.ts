import type { Answer } from "../conversation/answer.ts";
import type { CallPart, Part } from "../conversation/parts.ts";
import type { StreamEvent } from "../conversation/stream.ts";
import { type NamedTool, type ToolNames, unwrapFreeText } from "../conversation/tool-names.ts";
import { createFreeTextDecoder, type FreeTextDecoder } from "./free-text.ts";

/** Facts that an answer may lack. */
export interface AnswerDefaults {
  /** Unix seconds. */
  readonly created: number;
}

/** Returns an answer with the caller's own tools: their names, custom ones as such, and a structured answer as text. */
export function restoreAnswer(answer: Answer, names: ToolNames, { created }: AnswerDefaults): Answer {
  const identify = createIdentify(answer.id);
  const parts = answer.parts.map((part, index) =>
    part.type === "call" ? restoreCall(identify(part, index), names.toolOf(part.name)) : part,
  );
  const isAnswered = answer.stop === "calls" && !parts.some(({ type }) => type === "call");
  return { ...answer, created: answer.created ?? created, parts, ...(isAnswered ? { stop: "end" } : {}) };
}

/** Counts the answers without an id. */
let unnamed = 0;

/**
 * Returns the function that gives a call an id if its service named none. By the id the caller says whose result it
 * brings, so two calls of a conversation never have the same.
 */
function createIdentify(answerId: string): (part: CallPart, index: number) => CallPart {
  let owner = answerId;
  return (part, index) => {
    if (part.id !== "") return part;
    if (owner === "") owner = `${Date.now().toString(36)}_${(unnamed += 1)}`;
    return { ...part, id: `call_${owner}_${index}` };
  };
}

function restoreCall(part: CallPart, { name, namespace, custom, isFormat }: NamedTool): Part {
  if (isFormat) return { type: "text", text: part.input };
  const isWrapped = custom && !part.custom;
  return {
    ...part,
    name,
    namespace,
    custom: custom || part.custom,
    input: isWrapped ? unwrapFreeText(part.input) : part.input,
  };
}

/** Does the same with the events of a stream. */
export function createRestorer(
  names: ToolNames,
  { created }: AnswerDefaults,
): (event: StreamEvent) => readonly StreamEvent[] {
  const decoders = new Map<number, { readonly decoder: FreeTextDecoder; text: string }>();
  let hasCalls = false;
  let identify = createIdentify("");

  return (event) => {
    switch (event.type) {
      case "start":
        identify = createIdentify(event.id);
        return [{ ...event, created: event.created ?? created }];
      case "part": {
        const { index, part } = event;
        if (part.type !== "call") return [event];
        const restored = restoreCall(identify(part, index), names.toolOf(part.name));
        if (restored.type === "call") {
          hasCalls = true;
          if (restored.custom && !part.custom)
            decoders.set(index, { decoder: createFreeTextDecoder(), text: "" });
        }
        return [{ ...event, part: restored }];
      }
      case "delta": {
        const custom = decoders.get(event.index);
        if (!custom) return [event];
        const text = custom.decoder.push(event.text);
        custom.text += text;
        return text === "" ? [] : [{ type: "delta", index: event.index, text }];
      }
      case "done": {
        const { index, part } = event;
        if (part.type !== "call") return [event];
        const restored = restoreCall(identify(part, index), names.toolOf(part.name));
        const custom = decoders.get(index);
        decoders.delete(index);
        if (!custom || restored.type !== "call") return [{ ...event, part: restored }];
        // Arguments of an unexpected form come whole.
        const rest = restored.input.startsWith(custom.text) ? restored.input.slice(custom.text.length) : "";
        return [
          ...(rest === "" ? [] : [{ type: "delta", index, text: rest } as const]),
          { ...event, part: restored },
        ];
      }
      case "end":
        return [event.stop === "calls" && !hasCalls ? { ...event, stop: "end" } : event];
      default:
        return [event];
    }
  };
}
