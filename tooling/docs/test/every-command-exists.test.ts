import { expect, test } from "vitest";
import { commandLines, problemOf } from "./support/commands.ts";

const lines = commandLines();

test("no document names a command, a flag or a script that is not there", () => {
  const wrong = lines.flatMap((line) => {
    const problem = problemOf(line);
    return problem === undefined ? [] : [`${line.place} ${line.words.join(" ")}: ${problem}`];
  });
  expect(wrong).toEqual([]);
});

test("commands are found in blocks, behind npm's dashes and in substitutions", () => {
  const first = (program: string): number => lines.filter(({ words }) => words[0] === program).length;
  expect(first("tokenflow")).toBeGreaterThan(8);
  expect(first("tokenflow-proxy")).toBeGreaterThan(0);
  expect(problemOf({ place: "", words: ["tokenflow", "login", "copilot", "--nonsense"] })).toBe("--nonsense");
  expect(problemOf({ place: "", words: ["tokenflow", "logon"] })).toBe("logon");
  expect(problemOf({ place: "", words: ["pnpm", "run", "nonsense"] })).toBe("nonsense");
});

test("no document installs a package that is not published", () => {
  const early = lines.filter(
    ({ words }) =>
      ["npm", "pnpm", "yarn", "bun", "npx"].includes(words[0] ?? "") &&
      words.some((word) => word.startsWith("@tokenflow/")),
  );
  expect(early.map(({ place, words }) => `${place} ${words.join(" ")}`)).toEqual([]);
});
