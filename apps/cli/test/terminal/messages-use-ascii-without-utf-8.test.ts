import { expect, test } from "vitest";
import { toAscii, wantsAscii } from "../../src/terminal/ascii.ts";

test.each([
  [{}, false],
  [{ LANG: "en_US.UTF-8" }, false],
  [{ LANG: "C.utf8" }, false],
  [{ LANG: "C" }, true],
  [{ LC_ALL: "POSIX", LANG: "en_US.UTF-8" }, true],
  [{ LC_ALL: "", LC_CTYPE: "de_DE@euro", LANG: "de_DE.UTF-8" }, true],
  [{ LC_ALL: "en_US.UTF-8", LANG: "C" }, false],
])("%j", (env, ascii) => {
  expect(wantsAscii(env, "linux")).toBe(ascii);
  expect(wantsAscii(env, "win32")).toBe(false);
});

test("our characters have replacements, and every other one becomes a question mark", () => {
  expect(toAscii("a · b – c… → ‘d’ “e” José 🦊")).toBe(`a - b - c... -> 'd' "e" Jos? ?`);
});
