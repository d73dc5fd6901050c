import { SCENARIOS } from "@tokenflow/conformance";
import { expect, test } from "vitest";

test("there are at least fifty, with names of their own", () => {
  const names = SCENARIOS.map(({ id }) => id);
  expect(names.length).toBeGreaterThanOrEqual(50);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
});

test.each(SCENARIOS)(
  "$id has a clause, an expectation and an advice",
  ({ clause, expects, advice, title }) => {
    expect(clause.url).toBe(
      `https://www.rfc-editor.org/rfc/${clause.document.toLowerCase().replace(" ", "")}#section-${clause.section}`,
    );
    expect(expects.length).toBeGreaterThan(0);
    expect(advice).toMatch(/[.!]$/);
    expect(title).toMatch(/^[a-z].*[^.]$/);
  },
);

test("nothing observed meets not one scenario", () => {
  const nothing = {
    exchanges: [],
    runs: [],
    secrets: [],
    userCodes: [],
    origin: "http://127.0.0.1:1",
    files: [],
    filesAtEnd: [],
    processes: [],
  };
  for (const { id, expects } of SCENARIOS) {
    expect(
      expects.some(({ judge }) => judge(nothing) !== undefined),
      id,
    ).toBe(true);
  }
});
