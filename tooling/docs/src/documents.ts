import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Block, readBlocks } from "@tokenflow/simulator";

/** The root of the checkout. */
export const root: string = resolve(import.meta.dirname, "../../..");

/** Every page that readers are sent to, the ones that long runs write included. */
const PLACES = ["*.md", ".github/*.md", "docs/**/*.md", "{packages,apps,tooling}/*/README.md"];

export interface Document {
  /** From the root: `docs/guides/sdks.md`. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** Returns every page of the checkout, in the order of their paths. */
export function readDocuments(): readonly Document[] {
  return globSync(PLACES, { cwd: root })
    .map((path) => path.replaceAll("\\", "/"))
    .sort()
    .map((path) => {
      const text = readFileSync(join(root, path), "utf8");
      return { path, text, blocks: readBlocks(text) };
    });
}
