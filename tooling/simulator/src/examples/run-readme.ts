import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readBlocks } from "./blocks.ts";
import { type RanExample, runExample } from "./run-example.ts";

export interface RanReadme extends RanExample {
  /** How many lines the example has, empty ones left out. */
  readonly lines: number;
}

/**
 * Runs the first TypeScript example of a package's README.
 * @param folder the package's folder
 * @param names where the hosts that the example talks to are: origins on loopback
 */
export async function runReadme(folder: string, names: Readonly<Record<string, string>>): Promise<RanReadme> {
  const blocks = readBlocks(await readFile(join(folder, "README.md"), "utf8"));
  const code = blocks.find(({ language }) => language === "ts")?.code ?? "";
  const lines = code.split("\n").filter((line) => line.trim() !== "").length;
  return { ...(await runExample(code, { folder, names })), lines };
}
