import { resolve } from "node:path";
import { expect } from "vitest";

/** What differs from run to run, and what stands for it. Columns keep their width. */
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
 * Compares what people are shown with `test/golden/<name>.txt`; `vitest -u` writes it anew. Moments, ports, codes
 * and folders stand there as in the examples of the documentation.
 */
export async function expectGolden(name: string, shown: string): Promise<void> {
  const lines = shown.replaceAll("\r\n", "\n");
  const text = VARIABLE.reduce((all, [pattern, instead]) => all.replaceAll(pattern, instead), lines);
  await expect(text).toMatchFileSnapshot(resolve(import.meta.dirname, `../golden/${name}.txt`));
}
