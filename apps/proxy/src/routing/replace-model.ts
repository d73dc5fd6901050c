/**
 * Replaces the model in a request body. No other byte changes.
 * @param body JSON whose outermost object has a `model` that is a string
 */
export function replaceModel(body: Buffer, id: string): Buffer {
  // Latin-1 has one character per byte, so text offsets are byte offsets. JSON's own syntax is ASCII.
  const { start, end } = findModelValue(body.toString("latin1"));
  return Buffer.concat([body.subarray(0, start), Buffer.from(JSON.stringify(id)), body.subarray(end)]);
}

/** Returns the offsets of the model, quotes included. Of duplicates the last one counts, as in `JSON.parse`. */
function findModelValue(text: string): { readonly start: number; readonly end: number } {
  let model = { start: text.length, end: text.length };
  let key: unknown;
  let depth = 0;
  let isValue = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    else if (character === '"') {
      const end = endOfString(text, at);
      if (depth === 1 && isValue && key === "model") model = { start: at, end };
      if (depth === 1 && !isValue) key = JSON.parse(text.slice(at, end));
      at = end - 1;
    } else if (depth === 1 && character === ":") isValue = true;
    else if (depth === 1 && character === ",") isValue = false;
  }
  return model;
}

function endOfString(text: string, start: number): number {
  let quote = start;
  do quote = text.indexOf('"', quote + 1);
  while (quote !== -1 && isEscaped(text, quote));
  return quote === -1 ? text.length : quote + 1;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text[before] === "\\") before -= 1;
  return (at - before) % 2 === 0;
}
