/** A service's own sentence as it may be shown: one short line, without anything that could be a secret. */
export function quote(sentence: string): string {
  return sentence
    .replace(/[\s\p{C}]+/gu, " ")
    .replace(/\S*(?:gh[a-z]_|github_pat_|tid=|eyJ)\S*|\S{24,}/g, "…")
    .trim()
    .slice(0, 200);
}
