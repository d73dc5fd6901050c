/** Text that a service may send to control a terminal, or to mislead its reader. */
export const HOSTILE_TEXTS: Readonly<Record<string, string>> = {
  "a screen that is cleared": "ada\u001B[2J\u001B[Hroot",
  "a window title": "ada\u001B]0;owned\u0007",
  "a link (OSC 8)": "ada\u001B]8;;https://evil.example\u001B\\here\u001B]8;;\u001B\\",
  "a clipboard (OSC 52)": "ada\u001B]52;c;cm0gLXJmIH4=\u0007",
  "a device control string": "ada\u001BP$q q\u001B\\",
  "controls of eight bits": "ada\u009B31m\u009D0;owned\u009C\u0090q\u0085",
  "a line that overwrites": "ada\rSigned in to your bank",
  "a second line": "ada\r\nSigned in to your bank\u2028and\u2029more\u000B\u000C",
  "a turned direction": "ada\u202Egnp.exe\u2066\u2069\u200F\u061C",
  "invisible characters": "a\u200Bd\u200Da\uFEFF\u00AD\u2060\u{E0041}",
  "bytes that end text": "ada\u0000\u0008\u007F\u001A",
  "half a character": "ada\uD800\uDFFF\uD83D",
  "a hundred kilobytes": `ada${"x".repeat(100_000)}`,
};

/** The same in three texts, for tests that start a program for each: 200 characters show every kind. */
export const HOSTILE_SAMPLES: Readonly<Record<string, string>> = {
  escapes:
    "ada\u001B[2J\u001B]0;t\u0007\u001B]8;;https://evil.example\u001B\\x\u001B]52;c;eA==\u0007\u001BPq\u001B\\\u009B31m\u0000\u007F\u0008\rSigned in\r\nto your bank\u2028",
  invisible: "ada\u202Egnp.exe\u2066\u2069\u200F\u061C\u200B\u200D\uFEFF\u00AD\u{E0041}\uD800",
  long: `ada${" \u001B[2J long words".repeat(6_500)}`,
};

/** Returns the first character that no text for people may contain, as `U+001B`. Newlines are allowed. */
export function findControl(text: string): string | undefined {
  const mark = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.exec(text)?.[0];
  return mark === undefined
    ? undefined
    : `U+${(mark.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
