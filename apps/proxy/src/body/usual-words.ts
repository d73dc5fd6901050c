/** Decoding takes longer than comparing, and nearly all names and types are among these. */
const USUAL_WORDS: readonly (readonly string[])[] = byLength(
  "model stream messages input role type content output name text user assistant system developer tool message " +
    "tool_use tool_result image image_url input_text input_image output_text function_call function_call_output reasoning",
);

function byLength(words: string): readonly (readonly string[])[] {
  const lists: string[][] = Array.from({ length: 32 }, () => []);
  for (const word of words.split(" ")) lists[word.length]?.push(word);
  return lists;
}

/** Returns the usual word that these bytes are; `undefined` for any other. */
export function usualWord(bytes: Buffer, from: number, end: number): string | undefined {
  const length = end - from;
  const words = USUAL_WORDS[length];
  if (words === undefined) return undefined;
  next: for (const word of words) {
    for (let at = 0; at < length; at += 1) {
      if (bytes[from + at] !== word.charCodeAt(at)) continue next;
    }
    return word;
  }
  return undefined;
}
