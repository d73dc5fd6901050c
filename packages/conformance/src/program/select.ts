import type { Scenario } from "../scenarios/scenario.ts";
import { UsageError } from "./usage.ts";

/** Returns the scenarios with these names; a name may be that of a scenario, a group or a level. */
export function select(scenarios: readonly Scenario[], names: readonly string[]): readonly Scenario[] {
  if (names.length === 0) return scenarios;
  const chosen = new Set<Scenario>();
  for (const name of names) {
    const found = scenarios.filter(
      ({ id, group, level }) => id === name || group === name || level.toLowerCase() === name.toLowerCase(),
    );
    if (found.length === 0) throw new UsageError(`Unknown scenario "${name}".${nearest(name, scenarios)}`);
    for (const scenario of found) chosen.add(scenario);
  }
  return scenarios.filter((scenario) => chosen.has(scenario));
}

/** Reads a list of scenarios that may fail: one on a line, `#` begins a comment. */
export function readExpectedFailures(
  text: string,
  { file, scenarios }: { readonly file: string; readonly scenarios: readonly Scenario[] },
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [index, line] of text
    .replace(/^\ufeff/, "")
    .split(/\r?\n/)
    .entries()) {
    const name = line.replace(/#.*/, "").trim();
    if (name === "") continue;
    if (!scenarios.some(({ id }) => id === name)) {
      throw new UsageError(`${file}:${index + 1}: unknown scenario "${name}".${nearest(name, scenarios)}`);
    }
    names.add(name);
  }
  return names;
}

/** Suggests the name that needs the fewest changes. */
function nearest(name: string, scenarios: readonly Scenario[]): string {
  const names = [...new Set(scenarios.flatMap(({ id, group, level }) => [id, group, level]))];
  const typed = name.toLowerCase();
  // A name that goes on as it was typed needs no change.
  const changes = (other: string): number => (other.startsWith(typed) ? 0 : distance(typed, other));
  const ranked = names
    .map((candidate) => [changes(candidate.toLowerCase()), candidate] as const)
    .toSorted(([one], [other]) => one - other);
  const [best] = ranked;
  const isNear = best && best[0] <= Math.max(3, name.length / 2);
  const hint = " `tokenflow-conformance scenarios` lists all names.";
  return isNear ? ` Did you mean "${best[1]}"?${hint}` : hint;
}

/** Returns how many insertions, deletions and replacements turn one text into the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
