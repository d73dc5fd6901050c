import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");

/**
 * Replaces the text between `<!-- name -->` and `<!-- end of name -->` in a page of this checkout.
 * @param page its path from the root
 * @param write `false` only compares
 * @returns whether the page had another text
 * @throws if the page has no such section
 */
export async function writeSection(
  page: string,
  name: string,
  text: string,
  write: boolean = true,
): Promise<boolean> {
  const path = join(ROOT, page);
  const document = await readFile(path, "utf8");
  const [start, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->\n`];
  const [begin, stop] = [document.indexOf(start), document.indexOf(end)];
  if (begin === -1 || stop < begin) throw new Error(`${page} has no section "${name}"`);
  const next = `${document.slice(0, begin + start.length)}\n${text.trim()}\n\n${document.slice(stop)}`;
  if (write) await writeFile(path, next);
  return next !== document;
}
