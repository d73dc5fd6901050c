import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readBlocks } from "./blocks.ts";
import { type RanExample, runExample } from "./run-example.ts";

export interface RanReadme extends RanExample {
  /** The number of lines of the example, without empty ones. */
  readonly lines: number;
}

/**
 * Runs the first TypeScript example of a package's README.
 * @param folder the package's folder
 * @param names an origin on loopback for each host that the example talks to
 */
export async function runReadme(folder: string, names: Readonly<Record<string, string>>): Promise<RanReadme> {
  const blocks = readBlocks(await readFile(join(folder, "README.md"), "utf8"));
  const code = blocks.find(({ language }) => language === "ts")?.code ?? "";
  const lines = code.split("\n").filter((line) => line.trim() !== "").length;
  return { ...(await runExample(code, { folder, names })), lines };
}
