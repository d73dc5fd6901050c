/** Recognizes the events of a stream that differ from an earlier one only in the text of their delta. */
export interface DeltaPattern {
  /** Returns the text of such an event as JSON without its quotes, and `undefined` for any other. */
  jsonOf(data: string): string | undefined;
}

/** The value of a member that differs from event to event, without the quotes of a text. */
interface Gap {
  readonly kind: "text" | "padding" | "number";
  readonly start: number;
  readonly end: number;
}

const BACKSLASH = 92;
const ZERO = 48;
const NINE = 57;
/** Members that differ in each event and mean nothing here. Inside of a text their quotes would have backslashes. */
const VARYING = /(?<=(?<!\\)"sequence_number":)\d+|(?<=(?<!\\)"obfuscation":")[^"\\]*(?=")/g;

/**
 * Makes the pattern of an event. Two events that have the same JSON around one text differ in that text alone, so the
 * second one need not be parsed.
 * @param data the data of an event, which is JSON
 * @param text the text of its delta
 * @returns `undefined` if the text is not the value of exactly one member
 */
export function createDeltaPattern(data: string, text: string): DeltaPattern | undefined {
  const gaps = findGaps(data, text);
  if (gaps === undefined) return undefined;
  const literals = [...gaps, undefined].map((gap, index) =>
    data.slice(gaps[index - 1]?.end ?? 0, gap?.start),
  );
  const last = literals.at(-1) ?? "";

  return {
    jsonOf(other) {
      let at = 0;
      let found = "";
      for (let index = 0; index < gaps.length; index += 1) {
        const literal = literals[index] ?? "";
        if (!other.startsWith(literal, at)) return undefined;
        const start = at + literal.length;
        const kind = gaps[index]?.kind;
        at = kind === "number" ? endOfDigits(other, start) : endOfText(other, start);
        if (at === -1) return undefined;
        if (kind === "text") found = other.slice(start, at);
      }
      if (at + last.length !== other.length || !other.endsWith(last)) return undefined;
      return found;
    },
  };
}

function findGaps(data: string, text: string): readonly Gap[] | undefined {
  const written = JSON.stringify(text);
  const at = data.indexOf(written);
  if (at === -1 || data.indexOf(written, at + 1) !== -1) return undefined;
  if (!/":\s?$/.test(data.slice(Math.max(0, at - 3), at))) return undefined;
  const varying = [...data.matchAll(VARYING)].map(
    ({ 0: value, index }): Gap => ({
      kind: /^\d/.test(value) && data[index - 1] === ":" ? "number" : "padding",
      start: index,
      end: index + value.length,
    }),
  );
  const own: Gap = { kind: "text", start: at + 1, end: at + written.length - 1 };
  return [...varying, own].toSorted((a, b) => a.start - b.start);
}

function endOfDigits(data: string, from: number): number {
  let at = from;
  for (let code = data.charCodeAt(at); code >= ZERO && code <= NINE; code = data.charCodeAt(at)) at += 1;
  return at === from ? -1 : at;
}

/** Returns the index of the quote that ends a text, or -1. */
function endOfText(data: string, from: number): number {
  for (let at = data.indexOf('"', from); at !== -1; at = data.indexOf('"', at + 1)) {
    let before = at - 1;
    while (before >= from && data.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return -1;
}
