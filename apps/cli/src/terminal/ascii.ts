/** What our messages hold besides ASCII, in ASCII. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  "·": "-",
  "–": "-",
  "…": "...",
  "→": "->",
  "‘": "'",
  "’": "'",
  "“": '"',
  "”": '"',
};

/**
 * Whether the locale names an encoding that has no more than ASCII in common with ours. POSIX: `LC_ALL` wins
 * over `LC_CTYPE`, which wins over `LANG`; one that is empty counts as unset. Where none is set nobody
 * has said anything, and today's terminals read UTF-8.
 */
export function wantsAscii(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
): boolean {
  // Node hands Windows consoles Unicode, whatever their code page.
  if (platform === "win32") return false;
  const locale = env["LC_ALL"] || env["LC_CTYPE"] || env["LANG"];
  return locale !== undefined && locale !== "" && !/utf-?8/i.test(locale);
}

/** Our marks by their nearest relatives; what is left, such as a name, by a question mark. */
export function toAscii(text: string): string {
  return text.replaceAll(/[^\p{ASCII}]/gu, (mark) => REPLACEMENTS[mark] ?? "?");
}
