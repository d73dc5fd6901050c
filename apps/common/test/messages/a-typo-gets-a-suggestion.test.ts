import { suggest } from "@tokenflow/common";
import { expect, test } from "vitest";

const COMMANDS = ["login", "token", "status", "logout", "proxy"];

test.each([
  ["tokne", "token"],
  ["stauts", "status"],
  ["logn", "login"],
  ["stat", "status"],
  ["loguot", "logout"],
])("%s → %s", (word, meant) => {
  expect(suggest(word, COMMANDS)).toBe(meant);
});

test("two swapped letters are one slip, also in a short word", () => {
  expect(suggest("gte", ["get", "set", "path"])).toBe("get");
});

test.each(["frobnicate", "x", "", "help-me"])("nothing is near %j", (word) => {
  expect(suggest(word, COMMANDS)).toBeUndefined();
});
