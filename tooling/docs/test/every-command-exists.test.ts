import { expect, test } from "vitest";
import { commandLines, problemOf, wordsOf } from "./support/commands.ts";

const lines = commandLines();
const problem = (text: string): string | undefined => problemOf({ place: "", words: wordsOf(text) });

test("no document names a command, a flag or a script that is not there", () => {
  const wrong = lines.flatMap((line) => {
    const problem = problemOf(line);
    return problem === undefined ? [] : [`${line.place} ${line.words.join(" ")}: ${problem}`];
  });
  expect(wrong).toEqual([]);
});

test("commands are found in blocks, in tables, behind npm's dashes and in substitutions", () => {
  const first = (program: string): number => lines.filter(({ words }) => words[0] === program).length;
  expect(first("tokenflow")).toBeGreaterThan(35);
  expect(first("tokenflow-proxy")).toBeGreaterThan(0);
  expect(lines).toContainEqual(
    expect.objectContaining({
      place: expect.stringMatching(/^docs\/guides\/moving-here.md:/),
      words: ["tokenflow", "login", "copilot"],
    }),
  );
  expect(problem("tokenflow login copilot --nonsense")).toBe("--nonsense");
  expect(problem("tokenflow logon")).toBe("logon");
  expect(problem("npx tokenflow logon")).toBe("logon");
  expect(problem("npm run -s tokenflow -- logon")).toBe("logon");
  expect(problem("npm run -s nonsense -- login")).toBe("nonsense");
  expect(problem("pnpm run nonsense")).toBe("nonsense");
  expect(problem("pnpm --filter @tokenflow/proxy nonsense")).toBe("nonsense");
  expect(problem("npx pnpm@1.0.0 run check")).toBe("pnpm@1.0.0");
  expect(problem("npx pnpm@12.21.0 run check")).toBeUndefined();
});

test("no document installs a package that is not published", () => {
  const early = lines.filter(({ words: [program = "", ...rest] }) => {
    const installs = rest.some((word) => ["add", "ci", "i", "install"].includes(word));
    return (
      program.startsWith("@tokenflow/") || (installs && rest.some((word) => word.startsWith("@tokenflow/")))
    );
  });
  expect(early.map(({ place, words }) => `${place} ${words.join(" ")}`)).toEqual([]);
});
