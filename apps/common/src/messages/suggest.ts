import { distance } from "fastest-levenshtein";

/** A longer word is no misspelling, and the work grows with the cube of its length. */
const MAX_WORD = 64;

/** Returns the candidate that `word` is most likely a misspelling of, if one is near enough. */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  const spellings = swapped(word);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const isBeginning = candidate.startsWith(word) && word.length > 1;
    const distances = spellings.map(({ text, cost }) => cost + distance(text, candidate));
    const edits = isBeginning ? 0 : Math.min(...distances);
    if (edits < least) {
      best = candidate;
      least = edits;
    }
  }
  return best;
}

/** Two swapped letters are one slip, the most common one; Levenshtein's distance would count two. */
function swapped(word: string): readonly { readonly text: string; readonly cost: number }[] {
  const swaps = Array.from({ length: Math.max(word.length - 1, 0) }, (_, index) => {
    const text = word.slice(0, index) + word.charAt(index + 1) + word.charAt(index) + word.slice(index + 2);
    return { text, cost: 1 };
  });
  return [{ text: word, cost: 0 }, ...swaps];
}
