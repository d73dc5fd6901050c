/** The most characters of a service's words that are shown. */
const MAX_LENGTH = 200;

/** One plain word, as a login is. Expressions over all of Unicode take long to build. */
const PLAIN = /^[\x21-\x7e]*$/;

/**
 * Returns text from outside as it may be shown: one line of at most 200 characters. Removes every character that
 * controls a terminal, turns the direction of writing, or cannot be seen (Unicode's category C).
 * @param replaceWord called for each word before the text is shortened
 */
export function toShownText(text: string, replaceWord: (word: string) => string = (word) => word): string {
  const line = PLAIN.test(text) ? text : toOneLine(text);
  const safe = line.split(/ +/).map(replaceWord).join(" ");
  // A character has at most two UTF-16 units.
  const shown = Array.from(safe.slice(0, 2 * MAX_LENGTH + 2));
  return shown.length > MAX_LENGTH ? `${shown.slice(0, MAX_LENGTH - 1).join("")}…` : shown.join("");
}

function toOneLine(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .replaceAll(/\p{C}/gu, "")
    .trim();
}
