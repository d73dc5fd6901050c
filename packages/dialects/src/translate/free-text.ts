/** The beginning of the arguments of a function that takes the free text of a custom tool. */
const HEAD = /^\s*\{\s*"input"\s*:\s*"/;
/** An escape that is not whole. */
const PARTIAL_ESCAPE = /\\(?:u[0-9a-f]{0,3})?$/i;

/** Decodes the text in `{"input":"…"}` while it arrives. */
export interface FreeTextDecoder {
  /** Returns the text that this piece completes. */
  push(piece: string): string;
}

export function createFreeTextDecoder(): FreeTextDecoder {
  let waiting = "";
  let isInText = false;
  let isOver = false;
  return {
    push(piece) {
      if (isOver) return "";
      waiting += piece;
      if (!isInText) {
        const head = HEAD.exec(waiting);
        if (!head) return "";
        isInText = true;
        waiting = waiting.slice(head[0].length);
      }
      const quote = endOfText(waiting);
      isOver = quote !== -1;
      const ready = isOver ? waiting.slice(0, quote) : withoutPartial(waiting);
      waiting = waiting.slice(ready.length);
      return decode(ready);
    },
  };
}

/** Returns the index of the first quote that is not escaped, or -1. */
function endOfText(text: string): number {
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === '"') return at;
  }
  return -1;
}

function withoutPartial(text: string): string {
  const [partial = ""] = PARTIAL_ESCAPE.exec(text) ?? [];
  // A backslash that is itself escaped begins nothing.
  const before = text.length - partial.length;
  const slashes = /\\*$/.exec(text.slice(0, before))?.[0].length ?? 0;
  return partial === "" || slashes % 2 === 1 ? text : text.slice(0, before);
}

function decode(escaped: string): string {
  if (!escaped.includes("\\")) return escaped;
  try {
    return String(JSON.parse(`"${escaped}"`));
  } catch {
    return "";
  }
}
