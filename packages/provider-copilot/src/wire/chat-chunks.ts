import { type AnswerRepair, isJsonObject, type JsonObject, parseJson } from "@tokenflow/core/provider";
import { createCallIndexes } from "./call-indexes.ts";
import { repairChatError } from "./stream-errors.ts";
import { addMembers } from "./whole-answers.ts";

/** The member of a chunk with calls. Inside of a text its quotes would have backslashes. */
const CALLS = '"tool_calls"';
/** The member of an error in the service's own shape, which no chunk has. */
const MESSAGE = '"message"';

/**
 * Repairs the chunks of one chat stream: those of some models lack `object`, and of others `created`. The first chunk
 * with a choice decides for the rest, so that only those with calls are parsed. If it lacks nothing, the others pass
 * unread.
 * @param now called once; all chunks of a stream have one time
 */
export function createChunkRepair(
  now: () => number,
): Required<Pick<AnswerRepair, "event" | "isDone" | "only">> {
  let members: JsonObject | undefined;
  /** What later chunks lack, as the text that follows their first brace; empty if they lack nothing. */
  let added: string | undefined;
  const numberCalls = createCallIndexes();

  const withMembers = (data: string): string => {
    if (added !== undefined && added !== "" && isChunk(data)) return `{${added},${data.slice(1)}`;
    if (added !== undefined) return data;
    const chunk = parseJson(data);
    if (!isJsonObject(chunk) || !Array.isArray(chunk["choices"])) return data;
    members ??= { object: "chat.completion.chunk", created: Math.floor(now() / 1000) };
    if (chunk["choices"].length > 0) {
      const missing = Object.entries(members).filter(([name]) => chunk[name] === undefined);
      added = missing.length === 0 ? "" : JSON.stringify(Object.fromEntries(missing)).slice(1, -1);
    }
    return addMembers(data, chunk, members);
  };

  return {
    isDone: () => added === "",
    only: [CALLS, MESSAGE],
    event(data) {
      const failed = data.includes(MESSAGE) ? repairChatError(parseJson(data)) : undefined;
      if (failed !== undefined) return failed;
      const chunk = data.includes(CALLS) ? parseJson(data) : undefined;
      const numbered = isJsonObject(chunk) ? numberCalls(chunk) : undefined;
      return withMembers(numbered ? JSON.stringify(numbered) : data);
    },
  };
}

/** Returns true for a chunk that lacks members as the first one did. Inside a text the quotes are escaped. */
function isChunk(data: string): boolean {
  return data.startsWith('{"') && data.includes('"choices":') && !data.includes('"object":"chat.');
}
