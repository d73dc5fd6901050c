import { resolve } from "node:path";
import { expect } from "vitest";

/** Patterns that differ between runs, and their replacements. Columns keep their width. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/\b127\.0\.0\.1:\d+/g, "127.0.0.1:4141"],
  [/\b[A-Z]{4}-[A-Z]{4}\b/g, "WDJB-MJHT"],
  [/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2026-11-21T17:20:00.000Z"],
  [/(?<![\dT:-])\d\d:\d\d(?::\d\d)?(?![\d:.])/g, "17:20"],
  [/\bin \d+ ms\b/g, "in 42 ms"],
  [/\bNode [\d.]+ on \w+ \w+/g, "Node 24.21.0 on linux x64"],
  [/^(tokenflow )?\d+\.\d+\.\d+$/gm, "$11.2.3"],
  [/\/tmp\/[\w./-]+/g, "/somewhere"],
];

/**
 * Compares output with `test/golden/<name>.txt`, which `vitest -u` writes. Times, ports, codes and folders are
 * replaced by those in the examples of the documentation.
 */
export async function expectGolden(name: string, shown: string): Promise<void> {
  const lines = shown.replaceAll("\r\n", "\n");
  const text = VARIABLE.reduce((all, [pattern, instead]) => all.replaceAll(pattern, instead), lines);
  await expect(text).toMatchFileSnapshot(resolve(import.meta.dirname, `../golden/${name}.txt`));
}
