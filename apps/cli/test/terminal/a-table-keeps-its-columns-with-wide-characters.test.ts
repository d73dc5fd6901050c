import { expect, test } from "vitest";
import { formatTable } from "../../src/terminal/format.ts";

test("a cell is padded by the columns that a terminal needs for it", async () => {
  expect(
    await formatTable(
      ["ACCOUNT", "STATE"],
      [
        ["work", "valid"],
        ["仕事", "due"],
        ["👩‍💻", "due"],
      ],
    ),
  ).toBe(["ACCOUNT  STATE", "work     valid", "仕事     due", "👩‍💻       due"].join("\n"));
});

test("the last column ends without spaces", async () => {
  expect(
    await formatTable(
      ["A", "B"],
      [
        ["1", "a long cell"],
        ["2", ""],
      ],
    ),
  ).toBe("A  B\n1  a long cell\n2");
});
