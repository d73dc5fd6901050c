/** ASCII replacements for the other characters in our messages. */
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
 * Returns true if the locale names an encoding other than UTF-8. As POSIX says, `LC_ALL` overrides `LC_CTYPE`, which
 * overrides `LANG`, and an empty one counts as unset. If none is set, UTF-8 is assumed, as in today's terminals.
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

/** Replaces our characters by the nearest ASCII, and all others, such as those in a name, by a question mark. */
export function toAscii(text: string): string {
  return text.replaceAll(/[^\p{ASCII}]/gu, (mark) => REPLACEMENTS[mark] ?? "?");
}
